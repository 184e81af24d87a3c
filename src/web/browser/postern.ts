/* Conveniences that need a script. Every page works without it. */

/** Buttons that copy are of no use without this script, so they wait hidden in the page. */
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  const source = document.getElementById(button.dataset['copy'] ?? '');
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source instanceof HTMLInputElement ? source.value : source.textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
}

/** The text of a field that is only to be copied is selected whole. */
for (const input of document.querySelectorAll<HTMLInputElement>('input[readonly]')) {
  input.addEventListener('focus', () => input.select());
}

/** An address with a fragment opens the section that it names, and those that this one is in. */
function openNamedSection(): void {
  const target = document.getElementById(location.hash.slice(1));
  for (let at: HTMLElement | null = target; at; at = at.parentElement)
    if (at instanceof HTMLDetailsElement) at.open = true;
  target?.scrollIntoView();
}
if (location.hash.length > 1) openNamedSection();
addEventListener('hashchange', openNamedSection);

/**
 * The response to a form has the form's address. A reload would submit the form again, so the address of the page
 * replaces it.
 */
const place = document.querySelector<HTMLMetaElement>('meta[name="postern-place"]');
if (place) history.replaceState(null, '', place.content);

/**
 * The confirmation page of a row is shown as a dialog over the list, which is unchanged after a cancel.
 */
async function ask(event: MouseEvent): Promise<void> {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const link = event.currentTarget;
  if (!(link instanceof HTMLAnchorElement)) return;
  const asked = await askedBy(link.href);
  if (!asked) return location.assign(link.href);
  const dialog = document.createElement('dialog');
  dialog.className = 'confirm';
  dialog.closedBy = 'any';
  dialog.setAttribute('aria-labelledby', 'asked-title');
  dialog.append(...asked.childNodes);
  // The form is sent from this page now, and carries what the forms of this page do.
  const [own, carried] = [document, dialog].map((one) =>
    one.querySelector<HTMLInputElement>('input[name="authenticity_token"]'),
  );
  if (own && carried) carried.value = own.value;
  for (const cancel of dialog.querySelectorAll<HTMLAnchorElement>('a.button')) {
    actAsButton(cancel);
    cancel.addEventListener('click', (click) => {
      click.preventDefault();
      dialog.close();
    });
  }
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The question of a page; null: it is none, as when one has been signed out. */
async function askedBy(address: string): Promise<HTMLElement | null> {
  try {
    const text = await (await fetch(address)).text();
    return new DOMParser().parseFromString(text, 'text/html').getElementById('asked');
  } catch {
    return null;
  }
}

/** A link that goes nowhere any more is a button to those who cannot see it, and for the space bar. */
function actAsButton(link: HTMLAnchorElement): void {
  link.role = 'button';
  link.addEventListener('keydown', (event) => {
    if (event.key !== ' ') return;
    event.preventDefault();
    link.click();
  });
}

for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-asks]')) {
  actAsButton(link);
  link.ariaHasPopup = 'dialog';
  link.addEventListener('click', ask);
}

/**
 * A secret that has just been made is what the page is about. Until it is loaded, browsers take the focus to the
 * fragment of its address.
 */
const wrong = document.querySelector<HTMLElement>('[aria-invalid="true"], fieldset:has(.mistake) input');
addEventListener('load', () => (document.getElementById('created') ?? wrong)?.focus());

/**
 * A form that makes a secret goes out once: the answer to a second click would come in place of the one with the secret
 * in it.
 */
const underWay = new Set<HTMLFormElement>();
addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.elements.namedItem('form_number')) return;
  if (underWay.has(form)) event.preventDefault();
  underWay.add(form);
});
addEventListener('pageshow', () => underWay.clear());
