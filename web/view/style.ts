/**
 * The style sheet of every page: no external font, image or script, since the boxes that this runs on see no Internet.
 */

/** CSS. Text contrast is at least 4.5:1 in both schemes (WCAG 2.2, AA). */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #fff; --line: #d5d9e0; --text: #16191f; --soft: #535c69; --link: #0b55b5;
  --master: #0a6b35; --backup: #1d4f9c; --fault: #b3141f; --init: #5a6270; --warning: #7c4a00;
  --bad-page: #fdeaea; --warning-page: #fdf3dc; --good-page: #e6f4ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101318; --card: #191d24; --line: #333a45; --text: #e8ebf0; --soft: #a4adba; --link: #83b8ff;
    --master: #5fd38d; --backup: #8fbcff; --fault: #ff8c8c; --init: #b4bcc8; --warning: #f0c069;
    --bad-page: #3a1a1d; --warning-page: #362a12; --good-page: #14301f;
  }
}
* { box-sizing: border-box; }
html { font: max(1rem, .85vw)/1.45 system-ui, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif; }
body { margin: 0 auto; padding: 0 1rem 2rem; background: var(--page); color: var(--text); }
a { color: var(--link); }
a:focus-visible, input:focus-visible, summary:focus-visible, button:focus-visible {
  outline: 3px solid var(--link); outline-offset: 2px;
}
h1, h2, h3, p, ul, ol, dl, dd, table { margin: 0; padding: 0; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .6rem; }
h3 { font-size: 1.15rem; }
ul, ol { list-style: none; }
small, .soft { color: var(--soft); font-size: .875rem; }
code, .address, td.number, .terms { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: .9375em; }
time, .number { font-variant-numeric: tabular-nums; }
.skip, .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: static; width: auto; height: auto; clip-path: none; }
.top { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding: .9rem 0; }
.top h1 a { color: inherit; text-decoration: none; }
.trail { margin-bottom: .8rem; } .trail a { margin-right: 1.2rem; }
#live { margin-left: auto; font-size: .875rem; color: var(--soft); }
[data-live="yes"] #live::before { content: "\\25CF"; color: var(--master); margin-right: .4em; }
[data-live="no"] #live {
  flex-basis: 100%; padding: .7rem 1rem; border-radius: .4rem; background: #b3141f; color: #fff; font-size: 1.25rem; font-weight: 700;
}
[data-live="no"] main { opacity: .6; }
[data-live="no"] .verdict { display: none; }

.verdict { padding: .7rem 1rem; border-radius: .4rem; font-size: 1.25rem; font-weight: 700; }
.verdict.good { background: var(--good-page); color: var(--master); }
.verdict.warning { background: #ffc94d; color: #2b1c00; }
.verdict.critical { background: #b3141f; color: #fff; }
.alarms { display: grid; gap: .4rem; margin-top: .5rem; }
.alarms li { padding: .5rem 1rem; border-left: .4rem solid; border-radius: .25rem; overflow-wrap: anywhere; }
.alarms .critical { background: var(--bad-page); border-color: var(--fault); }
.alarms .warning { background: var(--warning-page); border-color: var(--warning); }
.alarms strong { color: var(--fault); }
.alarms .warning strong { color: var(--warning); }

.tools { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: 1rem 0; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; }
.chips a { padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); text-decoration: none; }
.chips a[aria-current] { outline: 2px solid currentColor; }
.tools form { display: flex; gap: .4rem; margin-left: auto; }
input, button { font: inherit; padding: .3rem .6rem; border: 1px solid var(--soft); border-radius: .3rem; background: var(--card); color: inherit; }
input { min-width: 0; width: 22rem; max-width: 100%; }

.master { --state: var(--master); } .backup { --state: var(--backup); }
.fault { --state: var(--fault); } .init { --state: var(--init); }
.weak { --state: var(--warning); }
.state { color: var(--state); font-weight: 800; letter-spacing: .02em; }
.cards { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); align-items: start; }
.cards.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 52rem), 1fr)); }
.card .scroll { border: 0; margin: 0 -.3rem; }
.pages { display: flex; gap: 1rem; justify-content: center; padding: .8rem; }
@media (min-width: 64.01rem) {
  .servers { table-layout: fixed; }
  .servers th:nth-child(1) { width: 7.5rem; } .servers th:nth-child(2) { width: 12rem; } .servers th:nth-child(3) { width: 6rem; }
  .servers th:nth-child(4) { width: 5.5rem; } .servers th:nth-child(5) { width: 18rem; }
}
.servers th.address { overflow-wrap: anywhere; font-size: .9375rem; }
.rates { display: block; }
.card { background: var(--card); border: 1px solid var(--line); border-left: .5rem solid var(--state, var(--line)); border-radius: .4rem; padding: .8rem 1rem; min-width: 0; }
.card.fault, .card.alarmed { background-image: linear-gradient(var(--bad-page), var(--card) 5rem); }
.card header { display: flex; flex-wrap: wrap; gap: 0 .8rem; align-items: baseline; }
.card header .state { font-size: 1.6rem; }
.card .since { margin-left: auto; }
.problem { color: var(--warning); }
.why::first-letter, .reason::first-letter { text-transform: uppercase; }
.why { margin: .35rem 0 .6rem; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem .9rem; }
.facts dt { color: var(--soft); font-size: .875rem; padding-top: .08em; }
.facts dd { overflow-wrap: anywhere; min-width: 0; }
.terms { color: var(--soft); }
.zero { color: var(--soft); }
.on { color: var(--master); font-weight: 600; } .off { color: var(--soft); }
.bad { color: var(--fault); font-weight: 700; }
.unknown { color: var(--warning); font-weight: 600; }
.list li + li { margin-top: .1rem; }
.line { display: flex; flex-wrap: wrap; gap: 0 .5em; }
.line li:not(:last-child)::after { content: "\\00A0\\00B7"; color: var(--soft); }
.flash { animation: flash 3s ease-out; }
@keyframes flash { from { box-shadow: 0 0 0 .4rem var(--state); } to { box-shadow: 0 0 0 .4rem transparent; } }
@media (prefers-reduced-motion: reduce) { .flash { animation: none; } }

.panels { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); align-items: start; }
.panels > section { min-width: 0; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
tr:last-child > td, tr:last-child > th { border-bottom: 0; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
td.number { text-align: right; white-space: nowrap; }
.fit { white-space: nowrap; }
.instances tr, .services tr { border-left: .4rem solid var(--state); }
.instances td:first-child, .services td:first-child, .servers td:first-child { font-size: 1rem; white-space: nowrap; }
.instances small, .services small { font-weight: 400; white-space: nowrap; }
.events .error .text { color: var(--fault); font-weight: 600; }
.events .warning .text { color: var(--warning); font-weight: 600; }
td.long, td.address { overflow-wrap: anywhere; }
@media (min-width: 46.01rem) { .events td:first-child { width: 1%; } }
.counters { max-width: 34rem; } .counters th { font-weight: 400; }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
footer li { display: inline-block; margin-right: 1.2rem; }

@media (max-width: 46rem) {
  body { padding: 0 .6rem 1.5rem; }
  #live { margin-left: 0; flex-basis: 100%; }
  .tools form { margin-left: 0; width: 100%; }
  .tools input { flex: 1; }
  .card .since { margin-left: 0; flex-basis: 100%; }
  .card { padding: .7rem .8rem; }
  .facts { grid-template-columns: 5.6rem 1fr; gap: .25rem .6rem; }
  table.rows, .rows tbody, .rows tr, .rows td, .rows th { display: block; width: 100%; }
  .rows thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .rows tr { border-bottom: 1px solid var(--line); padding: .35rem 0; }
  .rows tr:last-child { border-bottom: 0; }
  .rows td, .rows th { border: 0; padding: .1rem .7rem; white-space: normal; text-align: left; }
  .rows td[data-name]::before { content: attr(data-name) " "; color: var(--soft); font-size: .8125rem; font-family: system-ui, sans-serif; }
  .rows td:empty { display: none; }
  .instances tr > :nth-child(-n+2), .servers tr > :nth-child(-n+2) { display: inline-block; width: auto; }
  .instances tr > th, .servers tr > th { padding-left: 0; }
}
@media print { [data-live="no"] main { opacity: 1; } [data-live="no"] .verdict { display: block; } #live, .tools { display: none; } }
`;
