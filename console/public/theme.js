// Runs before the first paint, so that a chosen theme never flashes the other one. A file of its own: inline script is forbidden.
{
  const chosen = localStorage.getItem("sallyport.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
