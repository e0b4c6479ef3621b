// Warns that the server will refuse forms from this host. The server received another host name than its own; only the
// browser knows whether a proxy changed it.
const notice = document.querySelector("[data-other-host]");

if (notice && location.origin !== notice.dataset.baseUrl) {
  notice.querySelector("[data-opened-host]").textContent = location.host;
  notice.hidden = false;
}
