const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

const bar = (one) => {
  const row = make("div", one.rest ? "bar rest" : "bar");
  row.title = one.count;
  const track = make("div", "track");
  const fill = make("div", "fill");
  fill.style.width = `${Math.min(100, one.share * 100)}%`;
  track.append(fill);
  row.append(make("span", "label", one.label), make("span", "said", one.said), track);
  return row;
};

const spread = (bins) => {
  const box = make("div", "spread");
  bins.forEach((bin) => {
    const column = make("i");
    column.style.height = `${bin.height * 100}%`;
    column.title = bin.said;
    box.append(column);
  });
  return box;
};

const card = (column) => {
  const box = make("div", "card");
  box.setAttribute("role", "listitem");
  const top = make("div", "top");
  const name = make("span", "name", column.name);
  name.title = column.name;
  top.append(name, make("span", "kind", column.kind));
  const quiet = make("div", "quiet", `${column.facts} · `);
  quiet.append(make("span", column.gap ? "gap" : "", column.missing));
  box.append(top, quiet);
  if (column.spread.length) box.append(spread(column.spread));
  column.bars.forEach((one) => box.append(bar(one)));
  column.examples.forEach((example) => box.append(make("div", "example", `“${example}”`)));
  return box;
};

export default function ({ data, parentElement }) {
  parentElement.querySelector(".grid").replaceChildren(...data.cards.map(card));
}
