// Signed in again: on to the form that waits, with what was typed. The button is there for browsers without scripts.

document.querySelector<HTMLFormElement>("form[data-submit-now]")?.requestSubmit();
