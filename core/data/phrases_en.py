"""What customers of a made-up shop say, in English: the building blocks of the sample reviews.

`{part}`, `{item}`, `{time}`, `{who}`, `{good}`, `{bad}` and `{middling}` are filled in; of `[this|that]` one is said.
"""

PRODUCTS = {
    "Rain jacket": ("wear", "rain jacket"), "Running shoes": ("wear", "pair of running shoes"),
    "Wool sweater": ("wear", "wool sweater"), "Denim shirt": ("wear", "denim shirt"),
    "Winter gloves": ("wear", "pair of winter gloves"), "Travel backpack": ("carry", "backpack"),
    "Laptop bag": ("carry", "laptop bag"), "Electric kettle": ("home", "kettle"), "Desk lamp": ("home", "desk lamp"),
    "Frying pan": ("home", "frying pan"), "Coffee grinder": ("home", "coffee grinder"),
    "Wireless earbuds": ("tech", "pair of earbuds"), "Bluetooth speaker": ("tech", "speaker"),
    "Power bank": ("tech", "power bank"), "Smart watch": ("tech", "watch"),
}  # fmt: skip
CHANNELS = ("website", "app", "marketplace", "store pickup")
REFUND_REASONS = (
    "arrived damaged",
    "wrong size",
    "stopped working",
    "not as described",
    "late delivery",
    "changed mind",
)

GOOD = (
    "good", "great", "excellent", "nice", "perfect", "lovely", "solid", "fantastic", "impressive", "reliable", "superb",
    "outstanding", "top notch", "sturdy", "impeccable", "flawless", "delightful", "first rate", "brilliant", "stellar",
    "exquisite", "dependable", "well thought out", "ace", "faultless", "splendid", "terrific", "exemplary", "wonderful",
)  # fmt: skip
BAD = (
    "bad", "poor", "terrible", "awful", "cheap", "disappointing", "useless", "flimsy", "horrible", "shoddy", "mediocre",
    "dreadful", "unusable", "lousy", "subpar", "atrocious", "abysmal", "ropey", "dire", "tacky", "rubbish", "sloppy",
    "second rate", "laughable", "grim", "pathetic", "appalling", "crummy", "underwhelming", "inferior",
)  # fmt: skip
MIDDLING = (
    "okay",
    "average",
    "fine",
    "alright",
    "decent enough",
    "so-so",
    "acceptable",
    "middle of the road",
    "passable",
    "meh",
)
PARTS = {
    "wear": ("stitching", "fabric", "fit", "zip", "lining", "cut", "seam"),
    "carry": ("shoulder strap", "zip", "padding", "lining", "buckle", "main pocket"),
    "home": ("finish", "handle", "lid", "build", "base", "coating"),
    "tech": ("battery", "sound", "charging port", "build", "app", "case"),
}
TIMES = ("two days", "three days", "a week", "ten days", "a month", "two months", "six weeks", "half a year")
WHO = ("my husband", "my sister", "my dad", "my daughter", "a friend", "my colleague", "my mum", "my roommate")

PLAIN_GOOD = (
    "the {part} is {good}", "[really|such a|honestly a] {good} {item}", "{good} quality for the money", "the {part} feels {good}",
    "customer service was {good}", "[quick|fast] delivery, {good} {item}", "{who} thinks it is {good}",
    "[very|really|so] happy with the {part}", "I love this {item}", "[works great|works well], {good} all round",
    "this {item} is {good}", "{good} {part}, {good} price",
)  # fmt: skip
PLAIN_BAD = (
    "the {part} is {bad}", "[really|such a|honestly a] {bad} {item}", "{bad} quality for the money", "the {part} feels {bad}",
    "customer service was {bad}", "[slow|late] delivery, {bad} {item}", "{who} thinks it is {bad}",
    "[very|really|so] unhappy with the {part}", "I regret buying this {item}", "[does not work|hardly works], {bad} all round",
    "this {item} is {bad}", "{bad} {part}, {bad} price",
)  # fmt: skip
TURNED_GOOD = (
    "not {bad} at all", "the {part} is anything but {bad}", "I was [afraid|told|sure] it would be {bad} and [that was wrong|it isn't]",
    "[other reviews|people here] call it {bad}, [I can't see why|I don't get it]", "nothing {bad} about this {item}",
    "I can't find anything {bad} about the {part}", "[no complaints|not one complaint] about the {part}",
    "never had a {item} with so few problems", "couldn't be happier with the {part}", "far from {bad}",
    "I expected something {bad} for this price and got the opposite", "the old one was {bad}, this one [fixes all of that|is not]",
    "wouldn't swap it for [a more expensive one|anything]", "hard to believe anyone would call it {bad}",
    "the last shop sent me a {bad} one, not these people", "[hardly|never] a {bad} moment with it",
    "I could not have hoped for a less {bad} {item}", "a {bad} {part}? not here",
)  # fmt: skip
TURNED_BAD = (
    "not {good} at all", "the {part} is anything but {good}", "I was [hoping|told|sure] it would be {good} and [that was wrong|it isn't]",
    "[other reviews|people here] call it {good}, [I can't see why|I don't get it]", "nothing {good} about this {item}",
    "I can't find anything {good} about the {part}", "I wanted to love it, I really did",
    "the photos look {good}, the real thing does not", "couldn't be less happy with the {part}", "far from {good}",
    "I expected something {good} for this price and got the opposite", "the old one was {good}, this one [is a step back|is not]",
    "wouldn't take another one [for free|as a gift]", "hard to believe anyone would call it {good}",
    "the last shop sent me a {good} one, not these people", "[hardly|never] a {good} moment with it",
    "used to be {good}, not any more", "[great|perfect|lovely], another {item} for the bin", "a {good} {part}? not here",
    "[perfect|great] if you enjoy [writing to support|queues at the post office]", "[well done|bravo], it lasted {time}",
)  # fmt: skip
TOLD_GOOD = (
    "[came|arrived|showed up] [a day|two days|well] [before|ahead of] the promised date", "{who} has [already|since] ordered one too",
    "still [looks|feels|works] [like new|as on day one] after {time}", "I [keep getting|often get] asked where I [bought|got] it",
    "they [replaced|sent] a missing part [overnight|by courier] [without a single question|at their own cost]",
    "{time} of daily use and [not a scratch|no wear to be seen]", "[bought|ordered] a second one for {who}", "would pay [twice|double] the price",
    "[third|fourth] one I have [ordered|bought] here and it won't be the last", "use it every [single day|morning]",
    "{who} [stole|borrowed] it and [I want it back|won't give it back]", "it does exactly what I had hoped for",
    "support [answered|called back] within [five minutes|the hour]", "my old one has gone to the [attic|bin]",
    "it was on my doorstep the next [morning|day]", "you can tell somebody cared about the {part}",
    "[makes|made] my [mornings|days|commute] easier", "ten out of ten from {who}", "worth every [cent|penny]",
    "the {part} [held up|did] better than I [thought|feared]", "[dropped|banged] it twice and it [shrugged it off|didn't mind]",
    "I [smile|grin] each time I [use it|take it out]", "why did I wait {time} to buy one", "a handwritten note in the parcel, nice touch",
)  # fmt: skip
TOLD_BAD = (
    "[came|arrived|showed up] {time} [late|after the promised date]", "the {part} [broke|snapped|gave up|tore|packed in|died] [after|within] {time}",
    "[sent|took] it back the same [day|afternoon]", "still waiting for [my money|a reply|the refund] after {time}",
    "the {part} came off in my [hand|bag]", "support [hung up on me|sent me in circles|closed my ticket] [twice|again]",
    "[smells|reeks] of [glue|plastic|petrol] even after {time}", "it has been in a drawer for {time}",
    "the [box|parcel] had been opened before it reached me", "somebody else's name was on the invoice and nobody cares",
    "the {part} [looked|was clearly] used when I [unpacked|opened] it", "it went straight to the charity shop",
    "my old one did the job better", "I had to [buy|get] the same thing somewhere else",
    "paid for express and waited {time}", "they want me to pay the return", "nobody [answers|reads] the emails",
    "{who} laughed when it came out of the box", "the {part} is not what the picture shows", "fell apart in {time}",
    "save your money", "[two|three] screws were missing", "I had to [tape|glue] the {part} [back on|myself]",
    "[wish|if only] I had read the reviews first", "{who} told me so",
)  # fmt: skip
TOLD_GOOD_OF = {
    "wear": (
        "fits as if it had been made for me",
        "washed it ten times and it kept its shape",
        "kept me [dry|warm] through {time} of rain",
    ),
    "carry": (
        "swallows a whole weekend of clothes",
        "my back has stopped hurting",
        "went through airport handling without a mark",
    ),
    "home": ("{who} cooks nothing without it now", "wipes clean in seconds", "so quiet that the baby sleeps on"),
    "tech": (
        "one charge lasts the whole [week|trip]",
        "paired with my phone at once",
        "{who} hears every word on calls",
    ),
}
TOLD_BAD_OF = {
    "wear": (
        "two sizes too small and the exchange costs extra",
        "one wash and it shrank",
        "the dye came off on my skin",
    ),
    "carry": (
        "everything inside was soaked after a drizzle",
        "my shoulder is sore",
        "a bottle of water and it gave way",
    ),
    "home": ("it trips the fuse every morning", "it rusted within {time}", "burnt my fingers on the {part}"),
    "tech": ("stopped turning on after {time}", "it loses the connection every few minutes", "empty before lunch"),
}
NEUTRAL = (
    "it is {middling}", "the {part} is {middling}", "does what it says, no more", "neither {good} nor {bad}",
    "as [described|pictured]", "bought it for {who}, no idea yet whether it suits", "have had it for {time}, too early to say",
    "you get what you pay for", "[similar to|much like] the one I had before", "arrived on the day they said",
    "a bit smaller than in the picture", "some days it is {good}, some days it is {bad}", "might keep it, might not",
    "not {good}, not {bad}", "[expected|hoped for] a little more", "it is a {item}, what can I say", "the colour is slightly darker than shown",
    "needed it in a hurry, it will do", "haven't tried the {part} yet", "[okay|alright] for the price I guess", "three stars from me",
    "{who} likes it more than I do", "works, although the {part} takes some getting used to", "nothing special",
    "would think twice at the full price", "{who} calls it {good}, I call it {middling}", "the {part} could be {good} with a little work",
    "I have seen {bad} ones and {good} ones, this is in between",
)  # fmt: skip
BUT = (", but ", ". But ", ", although ", ", however ", ". On the other hand ", " though ", ". Then again, ")
BUT_THEN_GOOD = ("still, I would buy it again", "in the end I am glad I kept it", "all in all I am happy", "but that is a detail",
                 "I would order it again tomorrow", "the rest makes up for it", "I got over it quickly")  # fmt: skip
BUT_THEN_BAD = ("still, I am sending it back", "in the end I asked for my money back", "all in all a mistake", "that did not save it",
                "I won't order here again", "the rest spoils it", "so back it goes")  # fmt: skip
BUT_THEN_NEUTRAL = (
    "so it evens out",
    "so I am in two minds",
    "all in all it is {middling}",
    "so three stars",
    "can't decide",
)
OPENERS = (
    "Bought this {item} for {who}", "Ordered the {item} last month", "Got it in the sale", "My second order here",
    "First time buying here", "Had this for {time} now", "Picked it up in the store", "Needed a new {item}", "Honest review",
    "Update after {time}", "Long time customer", "Saw it in the app", "Birthday present", "OK so",
)  # fmt: skip
CLOSERS = {
    "positive": (
        "Recommended",
        "Thank you",
        "Five stars",
        "Will be back",
        "👍",
        "😍",
        "Go for it",
        "Happy customer",
        "Cheers",
    ),
    "neutral": ("We will see", "That's it", "🤷", "Hope this helps", "Make up your own mind", "Ok", "🙂"),
    "negative": ("Never again", "Stay away", "One star", "👎", "😡", "Lesson learned", "Seriously?", "Do better", "🙄"),
}
SLANG = (("really ", "rly "), ("you ", "u "), (" and ", " & "), ("going to", "gonna"), (" because ", " cuz "), ("very ", "v "),
         ("I am ", "im "), ("though", "tho"), ("please", "pls"), ("does not", "doesnt"), ("it is", "its"))  # fmt: skip
