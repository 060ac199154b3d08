/* What pages do by themselves: the menu on phones, rows chosen, a lost connection, the file button, forms that send themselves, charts from JSON in the page. */
document.addEventListener('click', event => {
  const opener = event.target.closest('[data-menu]');
  if (opener) opener.setAttribute('aria-expanded', document.getElementById(opener.dataset.menu).classList.toggle('open'));
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
/* Rows chosen in a list: all of the page at once, how many, and which. */
const rows = name => [...document.querySelectorAll(`tbody input[type=checkbox][name="${name}"]`)];
document.addEventListener('change', event => {
  const {all} = event.target.dataset;
  if (all) rows(all).forEach(one => { one.checked = event.target.checked; });
  const name = all || event.target.name;
  const head = document.querySelector(`[data-all="${name}"]`);
  if (!head) return;
  const each = rows(name), count = each.filter(one => one.checked).length, told = document.querySelector('.chosen');
  each.forEach(one => one.closest('tr').classList.toggle('sel', one.checked));
  head.checked = count === each.length;
  head.indeterminate = count > 0 && count < each.length;
  told.textContent = count ? told.dataset.word.replace('#', count) : '';
  told.closest('.tbar').classList.toggle('picked', count > 0);
});
/* A lost connection is told at once, and nothing typed leaves the page; what takes long shows that it is under way. */
const busy = on => { document.documentElement.toggleAttribute('data-busy', on); };
const net = () => { const bar = document.getElementById('net'); if (bar) bar.hidden = navigator.onLine; };
window.addEventListener('online', net);
window.addEventListener('offline', net);
document.addEventListener('DOMContentLoaded', net);
window.addEventListener('pageshow', () => busy(false));
const unsent = number => {
  const bar = document.getElementById('unsent');
  if (!bar) return;
  bar.hidden = number === null;
  bar.querySelector('code').textContent = number || '—';
};
document.addEventListener('htmx:beforeRequest', () => busy(true));
document.addEventListener('htmx:afterRequest', event => { busy(false); if (event.detail.successful) unsent(null); });
document.addEventListener('htmx:responseError', event => { if (event.detail.xhr.status >= 500) unsent(event.detail.xhr.getResponseHeader('X-Request-Id')); });
document.addEventListener('click', event => {
  const link = event.target.closest('a[href]');
  if (link && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && link.origin === location.origin && !link.hash && !link.target && !/\/(file|template\.xlsx)$|export=/.test(link.href)) busy(true);
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
  if (!navigator.onLine) { event.preventDefault(); document.getElementById('net')?.scrollIntoView({block: 'center'}); }
  if (!event.defaultPrevented && event.submitter?.value !== 'export') busy(true);
});
/* The officer's keys in the inbox: J and K go through it, 1 to 9 reach for a decision; nothing is decided without pressing it. */
document.addEventListener('keydown', event => {
  const list = document.querySelector('.lst');
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input,textarea,select')) return;
  const all = [...list.querySelectorAll('a.it')], at = all.findIndex(one => one.classList.contains('on'));
  const to = {j: all[at + 1], k: all[at - 1]}[event.key.toLowerCase()];
  if (to) to.click();
  if (/^[1-9]$/.test(event.key)) document.querySelectorAll('.dec button[name=verb]')[event.key - 1]?.focus();
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
