// The page as one self-contained document: who answered, hop by hop, and the orders.

/** HTML for an answer; `baggage` is the context that came with the request. */
export function page(answer, baggage = 'none') {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Order App ${answer.release}</title>
<style>${style}</style>
<h1>Order App</h1>
<p class="greeting">${escape(answer.greeting)}</p>
<p class="context">Context of this request: <code>${escape(baggage)}</code></p>
<h2>Who answered</h2>
<ul class="hops">${hop(answer)}</ul>
<h2>Orders</h2>
${table(answer)}
</html>
`;
}

function hop({ component, release, pid, hops }) {
  const below = hops.length === 0 ? '' : `<ul>${hops.map(hop).join('')}</ul>`;
  return `<li><span class="hop ${escape(release)}"><b>${escape(component)}</b> <i>${escape(release)}</i> <small>pid ${pid}</small></span>${below}</li>`;
}

function table({ orders, currency }) {
  const row = ({ id, item, quantity, price }) =>
    `<tr><td>${id}<td>${escape(item)}<td>${quantity}<td>${price} ${escape(currency)}`;
  return `<table><tr><th>No.<th>Item<th>Quantity<th>Price${orders.map(row).join('')}</table>`;
}

function escape(text) {
  return String(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --line: #8884; --v1: #2f6fde; --v2: #0f9960; --v3: #c2410c }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } h2 { margin-top: 2rem; font-size: 1.1rem } .greeting { margin: 0; font-size: 1.25rem } .context { margin-top: 0; opacity: .75 }
.hops, .hops ul { list-style: none; padding-left: 0; margin: 0 } .hops ul { padding-left: 2rem }
.hops ul > li::before { content: "↳ "; opacity: .5 }
.hop { display: inline-block; margin: .3rem 0; padding: .3rem .8rem; border-radius: .6rem; border: 1px solid var(--line); border-left: .35rem solid var(--line) }
.hop i { font-style: normal; font-weight: 600; margin: 0 .3rem } .hop small { opacity: .6 }
.v1 { border-left-color: var(--v1) } .v1 i { color: var(--v1) }
.v2 { border-left-color: var(--v2) } .v2 i { color: var(--v2) }
.v3 { border-left-color: var(--v3) } .v3 i { color: var(--v3) }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line) }
`;
