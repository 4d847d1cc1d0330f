export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  const [input, pick, bar, fill, said, stop] = ["input", "pick", "bar", "fill", "said", "stop"].map(find);
  const words = data.words;
  pick.textContent = words.pick;
  stop.textContent = words.stop;
  bar.setAttribute("aria-label", words.pick);
  if (input.dataset.busy === "yes") return;

  let clock;
  const show = (text, share) => {
    clearInterval(clock);
    said.textContent = text;
    bar.hidden = share === undefined;
    stop.hidden = share === undefined || share >= 1;
    pick.disabled = share !== undefined;
    if (share !== undefined) {
      fill.style.width = `${100 * share}%`;
      bar.setAttribute("aria-valuenow", Math.round(100 * share));
    }
  };
  const time = (seconds) => (seconds < 90 ? `${Math.max(1, Math.round(seconds))} ${words.seconds}` : `${Math.round(seconds / 60)} ${words.minutes}`);
  const ended = (text) => {
    input.dataset.busy = "no";
    input.value = "";
    show(text);
  };

  pick.onclick = () => input.click();
  input.onchange = () => {
    const file = input.files[0];
    if (!file) return;
    const megabytes = (bytes) => Math.round(bytes / 1048576).toLocaleString();
    if (file.size > data.most) return ended(words.large);
    const began = performance.now();
    const request = new XMLHttpRequest();
    input.dataset.busy = "yes";
    request.upload.onprogress = (event) => {
      const share = event.loaded / event.total;
      const left = ((performance.now() - began) / 1000) * (1 / Math.max(share, 0.001) - 1);
      if (share >= 1) return;
      show(words.sending.replace("{done}", megabytes(event.loaded)).replace("{all}", megabytes(event.total)).replace("{left}", time(left)), share);
    };
    request.upload.onload = () => {
      const arrived = performance.now();
      const reading = () => { said.textContent = words.reading.replace("{time}", time((performance.now() - arrived) / 1000)); };
      show("", 1);
      reading();
      clock = setInterval(reading, 1000);
    };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status === 200 && answer.id) {
        ended("");
        setTriggerValue("added", answer);
      } else ended((answer.error && answer.error[data.language]) || words.failed);
    };
    request.onerror = () => ended(words.failed);
    request.onabort = () => ended(words.stopped);
    stop.onclick = () => request.abort();
    request.open("POST", data.address);
    request.setRequestHeader("X-Ticket", data.ticket);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    if (data.encoding) request.setRequestHeader("X-Encoding", data.encoding);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    show(words.sending.replace("{done}", "0").replace("{all}", megabytes(file.size)).replace("{left}", "…"), 0);
    request.send(file);
  };
}
