/* What pages do by themselves: the menu on phones, the file button, forms that send themselves, charts from JSON in the page. */
document.addEventListener('click', event => {
  const opener = event.target.closest('[data-menu]');
  if (opener) document.getElementById('side').classList.toggle('open');
  const picker = event.target.closest('[data-pick]');
  if (picker) document.getElementById(picker.dataset.pick).click();
  const chosen = event.target.closest('[data-fill]');
  if (chosen) {
    const field = document.getElementById(chosen.dataset.fill);
    field.value = chosen.value;
    field.focus();
    chosen.closest('.sug').replaceChildren();
    field.dispatchEvent(new Event('change', {bubbles: true}));
  }
});
document.addEventListener('change', event => {
  if (event.target.matches('[data-send]')) event.target.form.submit();
});
const charts = () => document.querySelectorAll('[data-series]').forEach(el => {
  if (!window.echarts || el.dataset.drawn) return;
  const told = JSON.parse(document.getElementById(el.dataset.series).textContent);
  el.dataset.drawn = '1';
  draw(el.id, look => ({
    xAxis: {...look.category, data: told.labels},
    yAxis: {...look.value, minInterval: 1},
    series: told.series.map(one => ({type: 'bar', stack: 'all', name: one.name, data: one.values, barMaxWidth: 22})),
  }));
});
document.addEventListener('DOMContentLoaded', charts);
document.addEventListener('htmx:afterSwap', charts);
/* What scrolls sideways can be scrolled with the keyboard. */
const scrolling = () => document.querySelectorAll('.wide,.card').forEach(el => { if (el.scrollWidth > el.clientWidth) el.tabIndex = 0; });
document.addEventListener('DOMContentLoaded', scrolling);
document.addEventListener('htmx:afterSwap', scrolling);
/* Fields that are asked only for some answers; the summary of faults takes the focus. */
const asked = () => document.querySelectorAll('[data-only]').forEach(el => {
  const wanted = el.dataset.values.split(' ');
  const said = [...document.querySelectorAll(`[name="${el.dataset.only}"]`)].filter(one => one.type !== 'checkbox' || one.checked).map(one => one.value);
  el.hidden = !said.some(one => wanted.includes(one));
});
document.addEventListener('DOMContentLoaded', () => { asked(); document.querySelector('[data-focus]')?.focus(); });
document.addEventListener('change', asked);
document.addEventListener('submit', event => {
  const told = event.submitter?.dataset.confirm;
  if (told && !window.confirm(told)) event.preventDefault();
});
/* The search box: Ctrl K goes there, arrows walk through what was found, Escape leaves. */
document.addEventListener('keydown', event => {
  const box = document.querySelector('[data-palette]');
  if (!box) return;
  const input = box.querySelector('input');
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    input.focus();
    return;
  }
  if (!box.contains(document.activeElement)) return;
  if (event.key === 'Escape') document.activeElement.blur();
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  const stops = [input, ...box.querySelectorAll('.found a')];
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
});
