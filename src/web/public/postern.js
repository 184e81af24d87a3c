/* What is nicer with a script. Every page works without it. */

/** Buttons that copy are of no use without this script, so they wait hidden in the page. */
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
}

/** The text of a field that is only to be copied is selected whole. */
for (const input of document.querySelectorAll('input[readonly]')) {
  input.addEventListener('focus', () => input.select());
}

/** An address with a fragment opens the section that it names, and those that this one is in. */
function openNamedSection() {
  const target = document.getElementById(location.hash.slice(1));
  for (let at = target; at; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true;
  target?.scrollIntoView();
}
if (location.hash.length > 1) openNamedSection();
addEventListener('hashchange', openNamedSection);

/** The answer to a form stands at the form's address; a reload would send the form again, so it takes the address of the page. */
const place = document.querySelector('meta[name="postern-place"]');
if (place) history.replaceState(null, '', place.content);
