// The month, week and day. Moving keeps the time of day: the server gets the wall clock and decides the instant.
(() => {
  const element = document.getElementById("calendar");
  if (!element || !window.FullCalendar) return;
  const title = document.getElementById("calendar-title");
  const list = document.getElementById("as-list");
  const inList = [...new URLSearchParams(list.search)];
  const wide = matchMedia("(min-width: 960px)").matches;
  const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay" };

  const shape = (name, state) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", `shape state-${state}`);
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${element.dataset.shapes}#s-${name}`);
    svg.append(use);
    return svg;
  };

  // Free slots and what automations will do: shown, never moved.
  const faint = (event) => {
    const box = document.createElement("div");
    box.className = "faint-in";
    const facts = event.extendedProps;
    box.title = `${facts.time} ${event.title}${facts.word ? `, ${facts.word}` : ""}`;
    box.textContent = wide ? box.title : facts.time;
    return box;
  };

  // Holidays and pauses: a word on the ground of their days.
  const shade = (event) => {
    const word = document.createElement("span");
    word.className = "shade-word";
    word.textContent = event.title;
    return word;
  };

  const tile = (event, timeText) => {
    const facts = event.extendedProps;
    const box = document.createElement("div");
    box.className = `tile-in account-${facts.account_id}`;
    let picture = document.createElement("span");
    picture.className = "blank";
    if (facts.thumb) {
      picture = document.createElement("img");
      picture.src = facts.thumb;
      picture.width = 22;
      picture.height = 22;
      picture.alt = "";
      picture.loading = "lazy";
      picture.draggable = false;
      if (facts.is_mature) picture.className = "blur";
    }
    const at = document.createElement("span");
    at.className = "at";
    at.textContent = facts.time || timeText;
    const dot = document.createElement("span");
    dot.className = "dot";
    const what = document.createElement("span");
    what.className = "what";
    what.textContent = event.title;
    const word = document.createElement("span");
    word.className = "sr-only";
    word.textContent = ` ${facts.word}, ${facts.account}${facts.against ? `. ${facts.against}` : ""}`;
    const pic = document.createElement("span");
    pic.className = "pic";
    pic.append(picture, dot);
    box.append(pic, facts.against ? shape("needs", "needs") : shape(facts.shape, facts.state), at, what, word);
    return box;
  };

  // A month of hundreds brings the first of each day and how many more it has: a tile that leads to the whole day.
  const rest = (event) => {
    const box = document.createElement("div");
    box.className = "tile-in";
    box.textContent = event.title;
    return box;
  };

  // "+3 more" counts what did not come along as well. Which day it is about shows where it stands.
  const more = (info) => {
    const words = document.createElement("span");
    words.textContent = info.text;
    requestAnimationFrame(() => {
      const day = words.closest("[data-date]")?.dataset.date;
      const others = day && calendar.getEventById(`rest-${day}`)?.extendedProps.rest;
      if (!others) return;
      const many = info.num - 1 + others;
      words.textContent = info.text.replace(String(info.num), String(many));
      const link = words.closest("[role=button]");
      if (link) link.title = link.title.replace(String(info.num), String(many));
    });
    return { domNodes: [words] };
  };

  const drawn = ({ event, timeText }) => {
    if (event.extendedProps.faint) return faint(event);
    return event.extendedProps.rest ? rest(event) : tile(event, timeText);
  };

  const lastOf = (event) => (event.faint ? 2 : event.rest ? 1 : 0);

  const openDay = (day) => {
    calendar.setOption("height", heightOf("day"));
    calendar.changeView(VIEWS.day, day);
  };

  // The day the tile was moved to and, in week and day views, the time; in the month the time stays as wished.
  const wallClock = (event) => (event.startStr.length > 10 ? event.startStr.slice(0, 16) : null);

  // What was refused is said; where pacing alone objects, one press does it all the same.
  const refused = (error, again) => {
    window.say(error.message);
    window.toast(error.message, { bad: true, ...(error.pacing ? { undo: again, label: "Schedule all the same" } : {}) });
  };

  // While one key follows another the tile stands where they led; what the server made of it comes after the last.
  let moving = 0;
  const versions = new Map(); // what this page made of each, before the feed tells
  const refetch = () => { if (!moving) calendar.refetchEvents(); };

  const move = async (event, values, revert) => {
    try {
      const version = Math.max(event.extendedProps.version, versions.get(event.id) || 0);
      const answer = await window.send(`/calendar/${event.id}/move`, { ...values, version });
      versions.set(event.id, answer.version);
      window.say(answer.message);
      window.toast(answer.message, {
        undo: async () => {
          try { window.toast((await window.send(`/calendar/${event.id}/move`, answer.undo)).message); } catch (error) { window.toast(error.message, { bad: true }); }
          calendar.refetchEvents();
        },
      });
      refetch();
    } catch (error) {
      revert();
      refused(error, () => move(event, { ...values, override_pacing: "yes" }, () => {}));
    }
  };

  const save = (info) => {
    const local = wallClock(info.event);
    const inMonth = calendar.view.type === "dayGridMonth";
    return move(info.event, inMonth ? { day: info.event.startStr.slice(0, 10) } : { local }, info.revert);
  };

  const drop = (info) => schedule(info.draggedEl, info.dateStr.length > 10 ? { local: info.dateStr.slice(0, 16) } : { day: info.dateStr });

  const schedule = async (draft, values) => {
    const [list, after] = [draft.parentElement, draft.nextElementSibling];
    try {
      const answer = await window.send(`/calendar/${draft.dataset.post}/move`, { ...values, version: draft.dataset.version });
      draft.remove();
      calendar.refetchEvents();
      window.say(answer.message);
      const undo = async () => {
        try {
          const back = await window.send(`/posts/${answer.id}/unschedule`, { version: answer.version });
          draft.dataset.version = back.version || answer.version + 1;
          list.insertBefore(draft, after?.isConnected ? after : null);
          calendar.refetchEvents();
          window.toast(back.message || "Back among the drafts.");
        } catch (error) { window.toast(error.message, { bad: true }); }
      };
      window.toast(answer.message, { undo });
    } catch (error) {
      refused(error, () => schedule(draft, { ...values, override_pacing: "yes" }));
    }
  };

  // Hours scroll in their own frame, so that a day does not begin with an empty night; a phone's month is as high as it is.
  // A desk's month has room for two tiles and "+5 more" on each day.
  const heightOf = (view) => {
    if (wide) return `max(${view === "month" ? 52 : 46}rem, calc(100dvh - 12rem))`;
    return view === "month" ? "auto" : "max(28rem, calc(100dvh - 16rem))";
  };

  // A frame that scrolls has to be reached by keys, also on a day without tiles.
  const letHoursTakeFocus = () => {
    for (const box of element.querySelectorAll("div")) {
      if (box.scrollHeight <= box.clientHeight || !["auto", "scroll"].includes(getComputedStyle(box).overflowY)) continue;
      const cell = box.querySelector("[role=gridcell]"); // the frame itself stands between a row group and its rows
      if (cell) cell.tabIndex = 0;
    }
  };

  const calendar = new FullCalendar.Calendar(element, {
    timeZone: element.dataset.zone,
    initialView: VIEWS[element.dataset.view],
    initialDate: element.dataset.date || undefined,
    headerToolbar: false,
    navLinks: false,
    editable: true,
    eventDisplay: "block",
    lazyFetching: false, // a month may have brought a part of what its days have
    eventDurationEditable: false,
    droppable: true,
    dayMaxEvents: wide ? true : 2,
    eventInteractive: true,
    firstDay: 1,
    height: heightOf(element.dataset.view),
    locale: "en-GB",
    views: {
      // On a phone three days have room for pictures and times, seven have not. What goes out at the same time stands side
      // by side while each can be read; "+5" leads to the others.
      timeGridWeek: { titleFormat: { day: "numeric", month: "short", year: "numeric" }, ...(wide ? { eventMaxStack: 2 } : { eventMaxStack: 1, duration: { days: 3 } }) },
      timeGridDay: { titleFormat: { weekday: "long", day: "numeric", month: "long", year: "numeric" }, eventMaxStack: wide ? 4 : 2 },
    },
    nowIndicator: true,
    slotEventOverlap: false,
    slotHeaderFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    eventMinHeight: wide ? 26 : 40,
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    allDaySlot: false,
    scrollTime: "08:00",
    defaultTimedEventDuration: "00:15",
    nextDayThreshold: "01:00", // a tile just before midnight stays on its day
    // What is planned comes before what could be: a full day hides free slots first.
    eventOrder: [(one, other) => lastOf(one) - lastOf(other), "start", "title"],
    eventClass: (info) => (info.event.extendedProps.faint ? "tile faint-tile" : "tile post-tile"),
    moreLinkClass: "tile more-tile",
    moreLinkContent: more,
    dayCellDidMount: (cell) => cell.el.removeAttribute("aria-label"),
    eventDidMount: (info) => {
      const facts = info.event.extendedProps;
      if (facts.faint || facts.rest) return;
      info.el.dataset.post = info.event.id;
      info.el.title = [info.event.title, facts.account, facts.against].filter(Boolean).join("\n");
    },
    eventContent: (info) => ({ domNodes: [drawn(info)] }),
    backgroundEventClass: (info) => `shade shade-${info.event.extendedProps.shade}`,
    backgroundEventContent: (info) => ({ domNodes: [shade(info.event)] }),
    eventClick: (info) => {
      info.jsEvent.preventDefault();
      if (info.event.extendedProps.shade) return;
      if (info.event.extendedProps.rest) return openDay(info.event.id.slice("rest-".length));
      const kind = info.event.extendedProps.faint;
      location.assign(kind === "slot" ? "/slots" : kind ? "/automations/preview" : `/posts/${info.event.id}`);
    },
    datesSet: (info) => {
      title.textContent = info.view.title;
      const view = Object.keys(VIEWS).find((key) => VIEWS[key] === info.view.type);
      for (const button of document.querySelectorAll("[data-view]:not(#calendar)")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
      element.dataset.shown = view;
      requestAnimationFrame(letHoursTakeFocus);
      const first = calendar.formatIso(info.view.currentStart, true); // the day in the calendar's zone, not in UTC
      list.search = new URLSearchParams([...inList, ["month", first.slice(0, 7)]]);
      const url = new URL(location.href);
      url.searchParams.set("view", view);
      url.searchParams.set("date", first);
      history.replaceState(history.state, "", url);
    },
    eventSources: [{ url: element.dataset.feed }, { url: element.dataset.faint }, { url: element.dataset.shades }],
    eventDrop: save,
    drop,
  });
  calendar.render();
  window.isekaiCalendar = calendar;

  const pool = document.getElementById("pool");
  if (pool) new FullCalendar.Interaction.Draggable(pool, { itemSelector: ".draft", eventData: () => ({ create: false }) });

  document.querySelector(".calendar-bar").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.view) {
      calendar.setOption("height", heightOf(button.dataset.view));
      calendar.changeView(VIEWS[button.dataset.view]);
    }
    if (button.dataset.calendar === "today" && element.dataset.shown === "month") calendar.gotoDate(element.dataset.monthNow);
    else if (button.dataset.calendar) calendar[button.dataset.calendar]();
  });

  // A tile that is drawn anew, after some frames of measuring, keeps the focus until one goes elsewhere.
  let held = null;
  const tileOf = (id) => element.querySelector(`[data-post="${id}"]`);
  const isLost = () => held && document.activeElement === document.body;
  const regain = (frames, how) => requestAnimationFrame(() => {
    if (!isLost()) return;
    tileOf(held)?.focus(how);
    if (frames) regain(frames - 1, how);
  });
  document.addEventListener("focusin", ({ target }) => { held = target.matches("#calendar [data-post]:focus-visible") ? target.dataset.post : null; });
  document.addEventListener("pointerdown", () => { held = null; });
  calendar.on("eventsSet", () => regain(30, { preventScroll: true }));

  // The hours begin in the morning, or where the first goes out before it; once for each day or week that is shown.
  let begun = "";
  calendar.on("eventsSet", () => {
    const { type, currentStart, currentEnd } = calendar.view;
    if (!type.startsWith("timeGrid") || begun === `${type} ${currentStart}`) return;
    const isShown = ({ start, extendedProps: { faint, shade, rest } }) => !faint && !shade && !rest && start >= currentStart && start < currentEnd;
    const hours = calendar.getEvents().filter(isShown).map((event) => Number(event.startStr.slice(11, 13)));
    if (!hours.length) return;
    begun = `${type} ${currentStart}`;
    const first = Math.min(...hours);
    if (first < 8) calendar.scrollToTime({ hours: first });
    else if (first > 19) calendar.scrollToTime({ hours: 16 });
  });

  // A day or a week by keyboard, as fast as the keys come.
  let last = Promise.resolve();
  let aim = {};
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  document.addEventListener("keydown", (press) => {
    const id = isLost() ? held : press.target.closest("#calendar [data-post]")?.dataset.post;
    const days = press.altKey ? STEPS[press.key] : undefined;
    if (!id || days === undefined) return;
    press.preventDefault();
    const event = calendar.getEventById(id);
    if (!event || !event.extendedProps.can_move) return;
    if (moving && aim.id === id) event.setStart(aim.start); // the feed may have brought it back meanwhile
    const before = event.start;
    event.moveDates({ days });
    aim = { id, start: event.start };
    const day = event.startStr.slice(0, 10);
    moving += 1;
    last = last.then(() => move(event, { day }, () => event.setStart(before))).finally(() => { moving -= 1; refetch(); });
    regain(30);
  });

  // Given a time elsewhere, or in the dialog, a draft is at the side no more.
  const leave = (change) => {
    const draft = change.id && change.status !== "draft" && pool?.querySelector(`[data-post="${change.id}"]`);
    if (!draft) return;
    const next = draft.nextElementSibling || draft.previousElementSibling;
    const held = draft.contains(document.activeElement);
    draft.remove();
    if (held) next?.querySelector("a").focus();
  };

  let waiting = 0;
  for (const name of ["posts", "accounts"]) {
    document.getElementById("live").addEventListener(name, (event) => {
      try { leave(JSON.parse(event.detail.data)); } catch { /* no news of one post */ }
      clearTimeout(waiting);
      waiting = setTimeout(refetch, 300);
    });
  }
})();
