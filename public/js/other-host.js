// Warns that forms will be refused here. The server saw another host than its own; the browser knows whether a proxy changed it.
const notice = document.querySelector("[data-other-host]");

if (notice && location.origin !== notice.dataset.baseUrl) {
  notice.querySelector("[data-opened-host]").textContent = location.host;
  notice.hidden = false;
}
