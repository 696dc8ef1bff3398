// The secret of a link stands behind the # of the address: it goes into the form, and out of the address.

const field = document.querySelector<HTMLInputElement>("#link");
const secret = location.hash.slice(1);

if (field && secret) {
  field.value = secret;
  field.closest<HTMLElement>("[data-link-field]")!.hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
}
