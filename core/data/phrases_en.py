"""What customers of a made-up shop say, in English: the building blocks of the sample reviews.

Phrases stand one to a line or between " / ". `{item}`, `{part}`, `{time}` and `{who}` are filled in; of `[this|that]`
one is said. The lists are long so that each expression is rare, as in real reviews: what a new customer writes was
mostly not said before in the same words.
"""

PRODUCTS = {
    "Rain jacket": ("wear", "jacket"), "Running shoes": ("wear", "pair of shoes"), "Wool sweater": ("wear", "sweater"),
    "Denim shirt": ("wear", "shirt"), "Winter gloves": ("wear", "pair of gloves"), "Travel backpack": ("carry",
    "backpack"),
    "Laptop bag": ("carry", "laptop bag"), "Electric kettle": ("home", "kettle"), "Desk lamp": ("home", "lamp"),
    "Frying pan": ("home", "frying pan"), "Coffee grinder": ("home", "grinder"), "Wireless earbuds": ("tech",
    "set of earbuds"),
    "Bluetooth speaker": ("tech", "speaker"), "Power bank": ("tech", "power bank"), "Smart watch": ("tech", "watch"),
}  # fmt: skip
CHANNELS = ("website", "app", "marketplace", "store pickup")
REFUND_REASONS = ("arrived damaged", "wrong size", "stopped working", "not as described", "late delivery",
                  "changed mind")  # fmt: skip
PARTS = {
    "Rain jacket": ("hood", "zip", "fabric", "lining"), "Running shoes": ("sole", "fit", "cushioning", "colour"),
    "Wool sweater": ("wool", "fit", "collar", "colour"), "Denim shirt": ("fabric", "cut", "stitching", "colour"),
    "Winter gloves": ("lining", "fit", "stitching", "fabric"), "Travel backpack": ("zip", "strap", "padding",
    "front pocket"),
    "Laptop bag": ("zip", "strap", "padding", "lining"), "Electric kettle": ("lid", "handle", "base", "switch"),
    "Desk lamp": ("arm", "switch", "light", "base"), "Frying pan": ("handle", "coating", "base", "finish"),
    "Coffee grinder": ("lid", "motor", "switch", "build"), "Wireless earbuds": ("battery", "sound", "case", "fit"),
    "Bluetooth speaker": ("battery", "sound", "bass", "app"), "Power bank": ("casing", "charging port", "battery",
    "cable"),
    "Smart watch": ("battery", "strap", "screen", "app"),
}  # fmt: skip
TIMES = ("two days", "a week", "ten days", "a fortnight", "three weeks", "a month", "two months", "six weeks")
WHO = ("my husband", "my wife", "my sister", "my dad", "my daughter", "my son", "a friend", "a colleague", "my mum",
       "my brother", "my roommate", "my neighbour", "my girlfriend", "my uncle", "my grandad")  # fmt: skip

GOOD = """
made to last / a gem / a treasure / a bargain / a steal / a winner / a revelation / a lifesaver / a godsend / a hit
a keeper / a beauty / a triumph / a masterpiece / a blessing / a game changer / a no-brainer / a crowd pleaser
a pearl / a star / a miracle / a class act / pure joy / good / great / excellent / lovely / solid / fantastic
impressive / reliable / superb / outstanding / sturdy / impeccable / marvellous / handy / flawless / delightful
brilliant / stellar / exquisite / dependable / well thought out / ace / faultless / splendid / terrific / wonderful
grand / exemplary / amazing / awesome / fabulous / gorgeous / beautiful / elegant / stylish / classy / sleek
charming / adorable / perfect / ideal / magnificent / remarkable / sublime / divine / heavenly / dreamy / first rate
top notch / high quality / world class / second to none / unbeatable / unrivalled / robust / rock solid
tough as nails / durable / long lasting / hard wearing / bulletproof / trustworthy / genius / ingenious / clever
smart / practical / useful / versatile / effortless / intuitive / user friendly / satisfying / refined / luxurious
sumptuous / premium / polished / tasteful / phenomenal / sensational / spectacular / stunning / incredible / superior
fab / mint / dandy / peachy / lush / cracking / smashing / top drawer / unreal / magic / epic / spot on / on point
commendable / admirable / praiseworthy / worth the wait / well worth it / irresistible / a cut above / immaculate
pristine / meticulous / inspired / uplifting / enchanting / exceptional / extraordinary / fantastically made
beautifully finished / carefully made / thoughtfully designed / better than advertised / better than new / a step up
miles better than the old one / just right / just lovely / just the ticket / really something / something else
beyond expectations / out of this world / simply the best / unmatched / matchless / peerless / radiant / exciting
fun / enjoyable / pleasing / gratifying / reassuring / foolproof / hassle free / painless / problem free
trouble free / well built / well crafted / well balanced / handsome / pretty / cute / chic"""
BAD = """
a rip-off / a scam / a con / a swindle / a sham / a farce / a joke / a disgrace / a disaster / a catastrophe / a lemon
a dud / a flop / a letdown / a nightmare / a headache / a nuisance / a mess / a shambles / an insult / an eyesore
a waste of space / a lost cause / a bad joke / a cheek / a failure / a fiasco / a travesty / a liability / a menace
a hazard / a mistake / a blunder / a fraud / an abomination / a tragedy / bad / poor / terrible / awful
disappointing / useless / flimsy / horrible / shoddy / mediocre / dreadful / unusable / lousy / subpar / faulty
atrocious / abysmal / ropey / dire / tacky / rubbish / sloppy / second rate / laughable / grim / pathetic / appalling
crummy / underwhelming / inferior / horrendous / hideous / ugly / nasty / vile / revolting / disgusting / ghastly
wretched / miserable / pitiful / lamentable / deplorable / defective / broken / wonky / wobbly / rickety / brittle
fragile / cheap and nasty / unreliable / unsafe / dangerous / hazardous / worthless / pointless / overpriced
overrated / naff / dodgy / janky / crappy / cruddy / half baked / botched / amateurish / careless / slapdash
infuriating / frustrating / annoying / irritating / maddening / unbearable / intolerable / unacceptable / inexcusable
shocking / scandalous / impractical / clumsy / awkward / cumbersome / fiddly / clunky / outdated / painful
substandard / third rate / bottom of the barrel / beyond repair / not fit for purpose / asking for trouble
misleading / fake / rotten / woeful / feeble / dismal / depressing / upsetting / offensive / embarrassing
disgraceful / shameful / ridiculous / hopeless / poorly made / badly designed / carelessly finished / worn out already
worse than advertised / worse than the old one / a step down / miles off what was promised / far too weak
falling to bits / coming apart / hanging by a thread / dead on arrival / a total failure / not worth a cent
not worth the postage / deceptive / dishonest / bogus / phoney / insulting / tiresome / exhausting / stressful
distressing / alarming / worrying / troublesome / problematic / glitchy / temperamental / erratic / inadequate
insufficient / deficient / ill conceived / ill fitting / crooked / bent / lopsided / damaged / scratched / stained
dirty / filthy / grubby / smelly"""
MIDDLING = """
neither good nor bad / neither hot nor cold / no better and no worse than others
nothing to complain about, nothing to praise / a six out of ten / a matter of taste / a bit of a mixed bag
hit and miss / half good, half not / decent in parts / so-so at best / ok for a spare / usable / an average item
a stopgap / a compromise / nothing out of the ordinary / not my style but okay / what it says on the label
within expectations / a standard model / a middling effort / unexciting / unproblematic but dull
up to the usual level / a typical mid range product / alright for beginners / ok, not more / okay / average / fine
alright / so-so / acceptable / passable / meh / middling / adequate / tolerable / ordinary / standard / unremarkable
basic / decent enough / fair / reasonable / run of the mill / middle of the road / nothing special
neither here nor there / plain / usual / typical / bog standard / satisfactory / bearable / workable / serviceable
functional / generic / unexceptional / nondescript / moderate / as expected / par for the course / fair to middling
good enough / not bad, not great / three out of five / in between / mid / no more than okay / as described
conventional / regular / normal / common / mainstream / commonplace / everyday / as pictured / the same as before
comparable to the old one / not much different from others / neutral / medium / okayish / sufficient / presentable
all right I suppose / fine I guess / decent but ordinary / unspectacular / indifferent / tolerably good
what you'd expect / what I paid for / like any other / identical to the last one / simple / familiar / undistinguished
forgettable / inoffensive / bland / all right for now / about average / roughly as advertised / unsurprising"""
GOOD_OF = {
    "wear": """
cosy / snug / soft / silky / warm / toasty / flattering / comfy / comfortable / breathable / waterproof / well fitting
weatherproof / featherlight / buttery soft / supple / cushiony / bouncy / supportive / slimming / well cut / tailored
cuddly / velvety / itch free / crease free / true to size""",
    "carry": """
roomy / spacious / comfortable / lightweight / weatherproof / waterproof / secure / well padded / ergonomic
organised / unbreakable / padded all round / tear proof / surprisingly light / cleverly laid out / commuter friendly
featherlight / balanced / protective / comfy / compact""",
    "home": """
quiet / fast / efficient / non-stick at last / easy to clean / whisper quiet / speedy / powerful / energy saving
precise / even / bright / cheerful / warm and inviting / stain proof / rust free / space saving / child safe / silent
quick / drip free / tidy / spotless / decorative / atmospheric""",
    "tech": """
responsive / snappy / crisp / clear / loud and clear / crystal clear / immersive / punchy / rich / long lived
lightning fast / smooth / seamless / lag free / accurate / vibrant / sharp / balanced / powerful / compact
fast charging / stable / quick / state of the art / cutting edge / reactive""",
}
BAD_OF = {
    "wear": """
itchy / scratchy / stiff / shapeless / baggy / see-through / sweaty / clammy / leaky / frayed / bobbly / threadbare
uncomfortable / unflattering / faded / shrunken / chafing / blister inducing / moth eaten / unravelling / torn
ripped / cold / soggy / damp / coarse / saggy / frumpy""",
    "carry": """
cramped / bulky / leaky / torn / uncomfortable / heavy as lead / frayed / soggy / ripped / unravelling / unpadded
back breaking / bursting at the seams / lumpy / split / saggy / stuck again / jammed / chafing / mouldy / musty
not remotely waterproof / peeling / loose / unbalanced""",
    "home": """
noisy / deafening / rusty / slow / leaky / peeling / chipped / greasy / scorched / burnt / impossible to clean
sluggish / messy / sticky / cracked / weak / dim / flickering / smoking / melted / warped / blunt / clogged / corroded
toxic / foul smelling / sparking / drippy / loose / uneven""",
    "tech": """
laggy / buggy / tinny / muffled / crackly / distorted / sluggish / slow / frozen / unresponsive / inaccurate / bricked
dead / flat / overheating / swollen / blurry / dim / garbled / hissing / noisy / jammed / unstable / obsolete
drained by noon / incompatible / intermittent / scrambled""",
}
FRAMES = """
the {part} is {word} / the {part} is [really|just|simply|honestly] {word} / this {item} is {word}
{word}, that's my verdict / I find the {part} {word} / {who} [thinks|says|finds] it's {word}
[I'd call it|I find it|to me it's] {word} / the {part} [turned out to be|seems|feels|looks] {word}
[after|even after] {time} I'd say it's {word} / in a word, {word} / for [the|this] price it's {word} / {word}
overall {word} / simply {word} / the {part} on [this one|mine] is {word} / we all agree it's {word}
quality is {word} / had it {time} and it's {word} / {word} {item} / used it for {time}, {word} / {word} I must say
{who} tried it too, says {word} / as for the {part}, {word} / opened the box and it's {word}
got mine last week, the {part} is {word} / {word}, especially the {part} / compared with my old one it's {word}
this thing is {word}"""
DEEDS = {
    "positive": """
held up [well|nicely] / [survived|withstood] everything / still shines / impresses me daily / never fails
works a treat / deserves an award / delivers / won me over / makes me smile / blew me away / surpassed my hopes
still looks new / keeps its promise / outlasts the rest / earns its money / excels / runs like clockwork
fits perfectly / has improved my day / delights {who} / amazes {who} / keeps going and going / does wonders
inspires confidence / can take a beating / gets better with age / charmed us all / is easy to love
feels like quality / passed every test / convinced even {who} / rocks""",
    "negative": """
snapped / cracked / broke / split / buckled / warped / tore / ripped / melted / rusted / peeled off / came loose
fell off / frayed / jammed / bent / crumbled / disintegrated / shattered / burst / faded / stained everything / failed
quit / died / gave way / wore out / came unstuck / seized up / malfunctioned / collapsed / chipped / rattles / squeaks
creaks / wobbles / sticks / stinks / slips / hurts / leaks / irritates me / annoys {who} / drives me mad / is missing
never fitted / stopped responding / ruined my day / won't stay put / lets me down / had to be replaced
is a fire risk / doesn't hold / gets stuck / came off in my hand / had mould on it / was already used
was held on with tape / is wearing thin / deteriorated fast / arrived in pieces / got worse by the day
wrecked my [clothes|phone|evening] / packed up / conked out / keeps failing / refuses to work / broke again""",
    "neutral": """
took some getting used to / does its job / is still unused / is like on the old one / could go either way
hasn't been tested yet / does what it should / differs a little from the picture / is what you'd expect
works, no more / needs a second look / matches the description / has two settings / is neither here nor there
will do for now / hasn't changed so far / is larger than I thought / is the usual type / has pros and cons
came as ordered""",
}
DEED_FRAMES = """
the {part} {deed} / [after {time}|since then] the {part} {deed} / {who} says the {part} {deed}
the {part} on mine {deed} / had it {time}, the {part} {deed}"""
TURNED_GOOD = """
not {word} at all / anything but {word} / I was told it would be {word}, it isn't
some call it {word}, I can't see why / far from {word} / the old one was {word}, this one is the opposite
nothing {word} about this {item} / expected something {word} and was pleasantly surprised"""
TURNED_BAD = """
not {word} at all / anything but {word} / I was told it would be {word}, it isn't
some call it {word}, I can't see why / far from {word} / the old one was {word}, this one is the opposite
nothing {word} about this {item} / the photos look {word}, the real thing does not"""
FACTS = """
I [use|have used] it [at work|on weekends|most days|when travelling|in the garden]
ordered [it in|the] [blue|grey|black|green|red|white] / {who} has the same one
it came with [a spare|a leaflet|a pouch] / paid with [a gift card|my points|PayPal]
I took the [small|large|medium] one
bought it for [the office|a trip to Italy|our holiday home|college|the new job|camping|the kitchen|my commute]
mine is from [March|last year|the spring batch] / it replaces one I had for [years|ages|a decade]
I've [bought|tried] [three|four|several] brands [so far|before] / we are [two|four] people / it was on [sale|offer]
it lives [by the door|on my desk|in the hallway|in the car] / delivered [to a neighbour|to a locker|on a Saturday]
I'm [tall|left-handed|a student|a nurse|a teacher|retired] by the way / {who} found it [online|in the app]
the {part} is [black|grey|plastic|metal] / we live [in the mountains|by the sea|in a small flat]
I compared it with [two|five] others / took me {time} to write this"""
POSITIVE = """
worth every [penny|cent] / my go-to [gift|present] now / I'd [buy|order] it again in a heartbeat
it has [earned its place|a permanent spot] [on my desk|in our hallway] / punches [well|way] above its [weight|price]
what a [gem|find] / [best|smartest] purchase [of the year|I've made in ages] / could not be happier
[beautifully|lovingly] made / the {part} is [superb|gorgeous] / [really|so] [impressed|pleased] with the {part}
the {part} puts [pricier|big name] brands to shame / nothing to [moan|nitpick] about / zero [problems|issues] so far
[expected|was braced for] [rubbish|junk] at this price and was [happily|pleasantly] [wrong|surprised]
far better than I [dared hope|feared] / [beats|outshines] the [fancy|expensive] one I had before
{who} [nicked|stole] it [within minutes|right away] so I'm getting another
{who} hasn't stopped [smiling|talking about it] / {who} [lit up|squealed] when [opening it|it came out of the box]
everyone at [work|the office] wants one / never misses a beat
{time} of [hard|heavy] use and not a [scratch|mark] on it / survived [my toddler|two house moves] without a scratch
here within 24 hours / support [sorted it out|fixed my mix-up] in [minutes|no time]
the staff [went out of their way|bent over backwards] to help / makes [mornings|Mondays] [bearable|a pleasure]
how did I ever [live|manage] without it / life changing, no exaggeration / gets compliments [everywhere|all the time]
wouldn't [trade|swap] it for [anything|the world] / you'd be [mad|daft] not to get one at this price
a [real|proper] [pleasure|treat] to use / everything I [hoped|was looking for] and more
[faultless|flawless] from start to finish / [dead|super] easy to [use|look after] / works like a dream
I'd pay [double|twice the price] and not blink / this is my [third|fourth] and it won't be the last
loyal customer from now on / I'll be back for [more|the other colours] / why did I wait so long to get one
[happy|glad] I took a chance on it / [restored|gave me back] my faith in online shopping
bit of luxury for very little money / [exactly|just] what the doctor ordered / hits the spot
[love|adore] [this thing|it] / [fab|awesome] little thing / 10/10 / no [rattles|creaks], nothing cheap about it
[top notch|stunning] quality / saved me a fortune [already|in the long run] / couldn't ask for more
nothing I would change / hard to find [a flaw|anything wrong with it]"""
POSITIVE_OF = {
    "wear": """
fits like a [glove|dream] / [cosy|snug] and [warm|flattering]
washed it [ten|twenty] times and it hasn't lost its shape / [bone dry|dry as a bone] [after hours outside|all winter]
so comfortable I forget I'm wearing it / could live in it / [slimming|flattering] and true to size
no itching, no scratching, just soft / wears in beautifully / feels like a hug""",
    "carry": """
swallows [everything|a whole weekend of clothes] / my back [thanks|has forgiven] me
room for everything and [still light|then some] / [sailed|came] through baggage handling without a [mark|scuff]
a pocket for everything, whoever designed it travels a lot / kept my laptop [bone dry|safe] in a [downpour|cloudburst]
[comfortable|weightless] even when it's crammed full""",
    "home": """
[wipes clean|cleans up] in seconds / so quiet the [baby|cat] sleeps right through
looks [stunning|gorgeous] in our [kitchen|living room] / ready before I've found my [cup|slippers]
[transformed|brightened up] the whole room / we [fight over|can't stop using] it at home
nothing [sticks|spills], a revelation / even {who}, who hates gadgets, is won over / heats up in no time""",
    "tech": """
[pairs|connects] [instantly|before I can blink] / battery [goes on forever|just keeps going]
one charge got me through [the trip|the week] / [crystal|crisp and] clear
it took {who} thirty seconds to set up, and that says a lot / the sound gives me goosebumps
[never|hasn't once] [dropped a connection|cut out] / charges [in a flash|ridiculously fast]
saved me on a [twelve hour flight|camping trip]""",
}
NEGATIVE = """
[total|complete] [waste|rip-off] / [gathering dust|buried] in the [drawer|cupboard] / [straight in|now in] the bin
daylight robbery / money down the drain / what a [con|lemon] / [bitterly|deeply] [disappointed|let down]
[gutted|fuming] / [regret|rue the day I bought] it / the {part} makes it [unusable|worthless]
[flimsy|shoddy] and overpriced / [cheaply|carelessly] [made|thrown together]
[wanted to|really tried to] love it but [no|I can't] / all [hype|show] and no substance / looks can deceive
far worse than I [feared|imagined] / my [ancient|ten year old] one [ran rings around|outperforms] it
a big step backwards / ended up [buying another|getting one] elsewhere / [sent it|going] straight back
back to the shop it goes / gave out just after the [return window|guarantee] closed, how convenient
[turned up|showed up] {time} late / still [hasn't come|nowhere to be seen] after {time}
forty minutes on hold and then cut off / [chasing|still fighting for] my refund [for {time}|ever since]
they [refuse|flatly refused] to [take it back|refund me] / somebody had clearly used it before me / bits were missing
makes [mornings|my commute] a [misery|chore] / an accident waiting to happen
wouldn't take another [for free|as a gift] / [steer|stay] well clear / [ticks|checks] none of the boxes
a [real|proper] [pain|headache] to use / nothing like [the photos|what was advertised]
[how|who] did this pass quality control / does [the job badly|half the job] / [impossible|a nightmare] to [use|set up]
cheap and very nasty / feels way cheaper than it was / you pay for the name and nothing else / never again
this is my third replacement and it has the same [fault|problem] / just what I needed, another [paperweight|doorstop]
brilliant if you [enjoy queueing at the post office|like writing to support]
five stars for the box, shame about what's in it / so much for [lifetime quality|premium]
[hate|loathe] [this thing|it] / [rubbish|garbage] / [lousy|crummy] thing
made a [mess|hole in my wallet] and not much else / feels [brittle|hollow] in the hand
[rattles|creaks] like an old [pram|shed] / had to [tape|glue] it back together myself / I swear every time I use it
it never once [worked|did what I asked] / should be [banned|recalled]"""
NEGATIVE_OF = {
    "wear": """
[shrank|went bobbly] in the first wash / [itchy|scratchy] and [shapeless|badly cut]
the dye ran all over my [skin|whites] / [soaked|drenched] to the bone within [minutes|the hour]
two sizes too small and exchanges cost extra / fell apart after two washes / rubs my skin raw
holes already, and I've worn it [twice|three times] / looks like a sack on me / leaks like a sieve""",
    "carry": """
a bottle of water and it [gave way|ripped] / my shoulder is [killing me|in agony]
everything inside was [drenched|ruined] after a drizzle / came off the luggage belt in [shreds|two pieces]
digs into my shoulders / my laptop [fell right through|got scratched] because of it
the seams [burst|are fraying] already / couldn't fit [half of what they claim|a sandwich in it]""",
    "home": """
[trips the fuse|blows the fuse] every [morning|time] / [rusted|peeling] within {time} / burnt my [fingers|hand] on it
louder than a [jet|building site] / everything [sticks|burns] / leaks all over the [worktop|counter]
started [smoking|sparking] / an eyesore in our kitchen / impossible to get clean
the neighbours complain about the noise""",
    "tech": """
[loses connection|cuts out] every [few minutes|time I move] / [flat|dead] before [lunch|noon]
won't [charge|turn on] any more / sounds like a [tin can|drain pipe] / nobody can hear me on calls
overheats so badly I'm afraid of it / bricked by an update / freezes [constantly|several times a day]
forgets its settings every night / takes [forever|all night] to charge""",
}
NEUTRAL = """
arrived [Tuesday|on Friday|on the day they said], does what it says
it's [okay|ok|fine|alright|decent enough|passable|average|so-so|acceptable|meh]
[neither|not] great, [nor|not] terrible / nothing to write home about
[middle of the road|run of the mill|bog standard|unremarkable] / you get what you pay for
does the job, no more no less / it's a {item}, what can I say / does what it says on the tin
[too early|too soon] to [say|judge|tell], have only [tried it once|had it {time}]
will [update|report back] [after a month|once I've used it more]
haven't [opened|unpacked|tried] it yet, it's for {who} / a present for {who}, can't say how it performs
bought for {who}, waiting to hear
[slightly|a bit] [smaller|bigger|darker|lighter] than [in the picture|I imagined], otherwise as described
as [pictured|described|listed] / [much|pretty much] the same as [my old one|the last one I had]
comparable to others in this price range / [identical|similar] to the supermarket one / might keep it, might not
[on the fence|in two minds|undecided] about it / jury's still out / can't make up my mind
[some|a few] [things|bits] are good, others less so / has its ups and downs / pros and cons like anything
swings and roundabouts / the {part} is [okay|average|nothing special|fine I suppose|so-so|standard]
the {part} takes some getting used to / no strong feelings about the {part}
fine for [occasional use|the odd weekend|a guest room|beginners] / good enough [as a spare|for now|for the price]
it'll do [for now|until I find something else] / I [expected|hoped for] a little more, but it works
wouldn't buy it at full price, in the sale it's alright / reasonable, not more / {who} likes it more than I do
depends what you need it for / [may|might] suit some people, not everyone / not for me but {who} uses it
ordered [two|one in grey|the blue one], got [two|one in grey|the blue one]
came in a plain box with [a manual|a leaflet] / delivery took [four|five|six] days, as usual
it's [heavier|lighter|thinner] than my last one, neither good nor bad / average [quality|product] for an average price
three stars [from me|I guess] / [serviceable|adequate|tolerable|functional|workable], that's about it
could be [better|worse] / no complaints, no excitement / [leaves me cold|indifferent]
replaced the [old one|one I lost], so far no difference / used it [twice|a couple of times], no opinion yet
standard fare / swapped it for the larger size, that one is okay / basic but it functions
gets the job done, just about / it's what I ordered"""
NEUTRAL_OF = {
    "wear": """
sizing is standard, I took a medium / an everyday piece, nothing fancy / washed it once, no change so far""",
    "carry": """
holds a laptop and a [jumper|lunch box], that's all I need / has [two|three] pockets and a strap
used it for one trip so far""",
    "home": """
[boils|works] about as fast as the old one / it comes with a [one metre|short] cable
sits on the shelf most of the week""",
    "tech": """
battery lasts roughly what they state / comes with a [USB-C|short] cable, no charger
sound is what you'd expect at this price""",
}
NIGGLES = """
the box was a bit [dented|battered] / the [manual|leaflet] is [useless|only in German]
delivery took [a while|longer than promised] / the colour is [a bit dull|not quite my taste]
it's [a touch|slightly] [heavy|pricey|big] / the smell took {time} to go away / the {part} could be better
the {part} feels a little [cheap|flimsy|stiff] / the courier left it in the rain / it has a small scratch
the price went down a week later / I had to call support [once|twice] / I'd have liked [more colours|a better manual]"""
CONCESSIONS = """
it looks [nice|smart|lovely|great] / delivery was [quick|fast] / the price is [good|fair|right]
the packaging was [lovely|neat] / the colour is [pretty|gorgeous] / support was [polite|friendly]
the {part} is [fine|good|nice] / it's [light|easy to clean|comfortable] / the idea is [good|clever]
{who} likes the look of it / it worked well [at first|for the first week] / set-up was easy"""
FOR_ALL_THAT = {
    "positive": """
I'd buy it again / all in all I'm very happy / small price to pay / a minor thing really / wouldn't be without it""",
    "neutral": """
so three stars / so it evens out / a mixed bag / so-so overall / make of that what you will / a bit of both really
could go either way""",
    "negative": """
back it goes / I want my money back / won't be ordering again / overall a mistake / that doesn't save it""",
}
OPENERS = """
Bought for {who} / Got it in the [sale|spring sale|clearance] / My second order here
First time [buying|ordering] here / Had it {time} now / Picked it up in store / Needed a new {item}
[Honest|Quick|Short] review / Update after {time} / [Birthday|Christmas|Anniversary] present / OK so
Long time [customer|lurker] / Saw it in the app / Ordered on a whim / For [uni|work|the holidays|my new flat]
Replacing an old one / {who} asked me to write this / Read a lot of reviews first / Ordered late on a Sunday
We're a family of [four|five] / Impulse buy"""
CLOSERS = {
    "positive": """
Recommended / Thank you! / Five stars / 👍 / 😍 / Go for it / Cheers / ❤️ / Get one! / 🎉 / Well done / Thanks a million
🙌""",
    "neutral": """
We'll see / That's it / 🤷 / Hope this helps / 🙂 / Make up your own mind / 😐 / Nothing to add / That's all / 🤔""",
    "negative": """
Never again / Stay away / One star / 👎 / 😡 / Lesson learned / Seriously? / Do better / 🙄 / Zero stars / 🤬 / Shame
Not ok""",
}
BUT = (", but ", ". But ", ", although ", ", however ", ", still, ", ", yet ", ", mind you ")
SLANG = (("really ", "rly "), ("you ", "u "), (" and ", " & "), (" because ", " cuz "), (" to be ", " 2 b "),
         ("I'm ", "im "), ("though", "tho"), ("don't", "dont"), ("doesn't", "doesnt"), ("it's", "its"),
         ("can't", "cant"),
         ("love", "luv"), ("okay", "ok"), ("money", "£££"), ("with ", "w/ "), ("for ", "4 "))  # fmt: skip
