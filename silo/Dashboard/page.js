"use strict";

// Everything that comes from outside goes into the page as text (textContent), never as markup.
const period = 1000;
const patience = 4000;
let lastAnswer = null;

const grounds = {
  Active: "good", Reducing: "watch", Halted: "bad",
  Healthy: "good", Warning: "watch", Breach: "bad", Unknown: "unknown",
  Closed: "good", HalfOpen: "watch", Open: "bad", Latched: "bad", Held: "bad",
  P0: "bad", P1: "watch", P2: "unknown",
};

const words = { HalfOpen: "Half open", "market-data": "market data", "order-ack": "order answers" };

function make(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function state(name, ground) {
  return make("span", words[name] ?? name, `state state-${ground ?? grounds[name] ?? "unknown"}`);
}

function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return value.toLocaleString("en", { maximumFractionDigits: size >= 100 ? 0 : size >= 1 ? 1 : 3 });
}

function measured(item) {
  const share = item.unit === "ratio";
  const show = (value) => (share ? number(value * 100) : number(value));
  const unit = share ? " %" : item.unit ? ` ${item.unit}` : "";
  if (item.value === null || item.value === undefined) return item.limit ? `limit ${show(item.limit)}${unit}` : "";
  return item.limit === null || item.limit === undefined
    ? `${show(item.value)}${unit}`
    : `${show(item.value)}${unit} (limit ${show(item.limit)}${unit})`;
}

function clock(time) {
  return time ? new Date(time).toLocaleTimeString("en-GB") : "";
}

function seconds(from, to) {
  return Math.round((new Date(to) - new Date(from)) / 1000);
}

function length(total) {
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`;
}

function lifts(until, asOf, person) {
  if (!until) return person ? "lifted only by a person" : "";
  const left = seconds(asOf, until);
  return left > 0 ? `lifts at ${clock(until)} at the earliest (in ${length(left)})` : "lifts once the data are well";
}

function reasonLine(reason, verdict) {
  const parts = [`${words[reason.guardrail] ?? reason.guardrail} ${words[reason.subject] ?? reason.subject}`];
  const figures = measured(reason);
  if (figures) parts.push(figures);
  if (reason.text) parts.push(reason.text);
  if (reason.since) parts.push(`for ${length(Math.max(0, seconds(reason.since, verdict.asOf)))}`);
  const person = reason.guardrail === "hold" || verdict.breaker === "Latched" || verdict.breaker === "Held";
  const until = reason.until ?? verdict.until;
  const end = verdict.breaker === "HalfOpen" && until
    ? `closes after good probes, or at ${clock(until)}`
    : lifts(until, verdict.asOf, person);
  if (end) parts.push(end);
  return parts.join(" · ");
}

function readingText(reading) {
  const name = `${words[reading.guardrail] ?? reading.guardrail} ${words[reading.subject] ?? reading.subject}`;
  const marks = reading.mode === "Shadow" ? [...reading.marks, "shadow"] : reading.marks;
  return [name, measured(reading), marks.join(", ")].filter(Boolean).join(" ");
}

// One line a level, the worst first: what is well takes little room.
function readingLines(readings) {
  return ["Breach", "Warning", "Unknown", "Healthy"]
    .map((level) => [level, readings.filter((reading) => reading.level === level)])
    .filter(([, those]) => those.length > 0)
    .map(([level, those]) => {
      const item = make("li");
      item.append(state(level), ` ${those.map(readingText).join(" · ")}`);
      return item;
    });
}

function listOf(lines) {
  const list = make("ul");
  list.append(...lines);
  return list;
}

function symbolRow(verdict) {
  const row = make("tr");
  const name = make("th", verdict.symbol);
  name.scope = "row";
  const trading = make("td");
  trading.append(state(verdict.tradingState));
  const breaker = make("td");
  breaker.append(state(verdict.breaker));
  if (verdict.breaker === "HalfOpen") {
    breaker.append(make("div", `probes at ${number(verdict.sizeFactor * 100)} % of size`, "quiet"));
  }
  const level = make("td");
  level.append(state(verdict.level));
  const why = make("td");
  why.append(listOf(verdict.reasons.map((reason) => make("li", reasonLine(reason, verdict)))));
  if (verdict.reasons.length === 0) {
    const end = verdict.tradingState === "Active" ? "" : lifts(verdict.until, verdict.asOf, true);
    why.append(make("span", end || "nothing stops it", "quiet"));
  }
  if (verdict.provenance.unverified) {
    why.append(make("div", "unverified: no tier or peer could tell its halts yet", "quiet"));
  }
  const readings = make("td");
  readings.append(listOf(readingLines(verdict.readings)));
  readings.className = "readings";
  row.append(name, trading, breaker, level, make("td", number(verdict.episode), "number"), why, readings);
  return row;
}

function card(...content) {
  const item = make("li");
  item.append(...content);
  return item;
}

function alertCard(alert) {
  const title = [alert.status, alert.name, alert.key, alert.shadow ? "shadow" : ""].filter(Boolean).join(" · ");
  const seen = alert.acknowledgedBy ? `seen by ${alert.acknowledgedBy}` : "not acknowledged";
  return card(
    state(alert.severity), make("strong", title), make("div", alert.summary),
    make("span", `since ${clock(alert.startedAt)} · ${seen}`, "quiet"));
}

function holdCard(hold) {
  const scope = hold.key ? `${hold.scope} ${hold.key}` : hold.scope;
  return card(
    state(hold.state), make("strong", scope), make("div", hold.reason),
    make("span", `${hold.actor} · since ${clock(hold.since)} · ${hold.id}`, "quiet"));
}

function tierCard(tier) {
  const health = state(tier.healthy ? "healthy" : "not healthy", tier.healthy ? "good" : "bad");
  const lag = tier.lagEvents > 0
    ? `${number(tier.lagEvents)} events behind, ${number(tier.lagSeconds)} s`
    : "nothing behind";
  const lost = tier.unrecorded > 0 ? ` · ${number(tier.unrecorded)} events unrecorded` : "";
  const parts = [health, make("strong", `${tier.tier} · ${tier.store}`), make("span", lag + lost, "quiet")];
  if (tier.lastError) parts.push(make("div", tier.lastError));
  return card(...parts);
}

function fill(id, items, empty) {
  const place = document.getElementById(id);
  place.replaceChildren(...(items.length > 0 ? items : [card(make("span", empty, "quiet"))]));
}

function portfolioLine(portfolio, verdicts) {
  const count = (name) => verdicts.filter((v) => v.tradingState === name).length;
  const parts = [
    `${verdicts.length} symbols`,
    `${count("Active")} active`,
    `${count("Reducing")} reducing`,
    `${count("Halted")} halted`,
  ];
  for (const stage of portfolio.latency) {
    parts.push(`${words[stage.stage] ?? stage.stage} P50 ${number(stage.p50)} ms, P99 ${number(stage.p99)} ms`);
  }
  const place = document.getElementById("portfolio");
  place.replaceChildren("Portfolio ", state(portfolio.tradingState), ` ${parts.join(" · ")}`);
}

async function ask(path) {
  const answer = await fetch(`/api/v1/${path}`, { signal: AbortSignal.timeout(patience), cache: "no-store" });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function update() {
  const [symbols, portfolio, alerts, holds, durability] =
    await Promise.all(["symbols", "portfolio", "alerts", "holds", "durability"].map(ask));
  const rows = document.getElementById("symbols");
  rows.replaceChildren(...symbols.items.map(symbolRow));
  document.getElementById("symbols-empty").hidden = symbols.items.length > 0;
  portfolioLine(portfolio, symbols.items);
  fill("alerts", alerts.items.map(alertCard), "No alert is pending or firing.");
  fill("holds", holds.items.map(holdCard), "Nothing is held or latched.");
  fill("tiers", durability.tiers.map(tierCard), "No tier reports.");
}

function showLink(problem) {
  const link = document.getElementById("link");
  const lost = document.getElementById("lost");
  document.body.classList.toggle("stale", problem !== null);
  lost.hidden = problem === null;
  link.className = problem === null ? "state-good" : "state-bad";
  link.textContent = problem === null ? `live · ${lastAnswer.toLocaleTimeString("en-GB")}` : "connection lost";
  if (problem === null) return;
  const since = lastAnswer === null
    ? "nothing was received yet"
    : `what is shown is of ${lastAnswer.toLocaleTimeString("en-GB")}`;
  lost.textContent = `No connection to the silo: ${since}. Trying again. (${problem.message})`;
}

async function loop() {
  try {
    await update();
    lastAnswer = new Date();
    showLink(null);
  } catch (problem) {
    showLink(problem);
  }
  setTimeout(loop, period);
}

loop();
