// The map: tiles where the configuration names some, else a clean drawn ground with a grid of distances.
//
// Leaflet comes with the first map that is looked at. Everything on the map is in a list beside it too, so nobody needs it.
import { html, useEffect, useRef, useState } from "../view.js";
import { settings } from "../state/session.js";
import { t } from "../texts/index.js";

let leaflet = null;

function library() {
  leaflet ??= new Promise((done, fail) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "/page/vendor/leaflet.css";
    style.onerror = fail;
    style.onload = () => import("../../vendor/leaflet.js").then(() => done(globalThis.L), fail);
    document.head.append(style);
  });
  return leaflet;
}

// A ground of squares that keep their place as one moves: land, and lines where a tile would have its edges.
function ground(L) {
  return L.GridLayer.extend({
    createTile() {
      const tile = document.createElement("div");
      tile.className = "map-ground";
      return tile;
    },
  });
}

function icon(L, { kind, text }) {
  const face = document.createElement("span");
  face.className = `pin ${kind}`;
  face.textContent = text ?? "";
  return L.divIcon({ html: face, className: "pin-box", iconSize: [32, 32], iconAnchor: [16, 16] });
}

function drawn(L, thing) {
  if (thing.rings) {
    const rings = thing.rings.map((ring) => ring.map(([longitude, latitude]) => [latitude, longitude]));
    return L.polygon(rings, { className: `area ${thing.kind}` });
  }
  const at = [thing.latitude, thing.longitude];
  if (thing.radius_m) return L.circle(at, { radius: thing.radius_m, className: `area ${thing.kind}` });
  return L.marker(at, { icon: icon(L, thing), title: thing.title, alt: thing.title, keyboard: Boolean(thing.onPick), riseOnHover: true });
}

function box(L, things) {
  const bounds = L.latLngBounds([]);
  for (const thing of things) {
    // A circle that is on no map yet does not know its own.
    if (thing.radius_m) bounds.extend(L.latLng(thing.latitude, thing.longitude).toBounds(thing.radius_m * 2));
    else if (thing.rings) bounds.extend(drawn(L, thing).getBounds());
    else bounds.extend([thing.latitude, thing.longitude]);
  }
  return bounds.isValid() ? bounds : null;
}

// `things`: [{id, kind, latitude, longitude, radius_m?, rings?, text?, title?, onPick?}], drawn in their order.
// Kinds: car, car busy, car fault, me, person, building, range, draft. `onPoint(latitude, longitude)` hears a press on the ground.
// The map moves to `fit` (a name of what is shown) once for each name, so it does not run away under a hand.
export function GroundMap({ things, label, fit = "all", onPoint, tall = false }) {
  const place = useRef(null);
  const held = useRef(null);
  const hears = useRef(onPoint);
  const [isReady, setIsReady] = useState(false);
  hears.current = onPoint;

  useEffect(() => {
    let isGone = false;
    library().then((L) => {
      if (isGone || !place.current) return;
      const map = L.map(place.current, { zoomControl: true, attributionControl: true, minZoom: 2, maxZoom: 20 });
      map.attributionControl.setPrefix(false);
      const { tiles, tiles_by: by } = settings.get() ?? {};
      if (tiles) L.tileLayer(tiles, { attribution: by ? textOnly(by) : "", maxZoom: 20 }).addTo(map);
      else new (ground(L))().addTo(map);
      L.control.scale({ imperial: false }).addTo(map);
      map.setView([0, 0], 2);
      map.on("click", (event) => hears.current?.(event.latlng.lat, event.latlng.lng));
      held.current = { L, map, layers: new Map(), fitted: null };
      setIsReady(true);
    });
    return () => {
      isGone = true;
      held.current?.map.remove();
      held.current = null;
    };
  }, []);

  useEffect(() => {
    const now = held.current;
    if (!now) return;
    const wanted = new Map(things.map((thing) => [thing.id, thing]));
    for (const [id, layer] of now.layers) {
      if (!wanted.has(id)) {
        layer.remove();
        now.layers.delete(id);
      }
    }
    for (const [id, thing] of wanted) {
      now.layers.get(id)?.remove();
      const layer = drawn(now.L, thing).addTo(now.map);
      if (thing.onPick) layer.on("click keypress", (event) => {
        if (event.type === "keypress" && event.originalEvent?.key !== "Enter") return;
        now.L.DomEvent.stopPropagation(event);
        thing.onPick();
      });
      now.layers.set(id, layer);
    }
    const around = things.length > 0 && now.fitted !== fit && box(now.L, things);
    if (around) {
      now.map.fitBounds(around, { padding: [32, 32], maxZoom: 16, animate: false });
      now.fitted = fit;
    }
  }, [isReady, things, fit]);

  return html`<div class=${`map ${tall ? "tall" : ""}`} role="region" aria-label=${label ?? t("map.label")}>
    <div class="map-room" ref=${place}></div>
  </div>`;
}

// Leaflet takes an attribution as markup; what an operator configured stays text.
function textOnly(text) {
  const safe = document.createElement("span");
  safe.textContent = text;
  return safe.outerHTML;
}

// Where this device is, once: {latitude, longitude, accuracy_m}. Refused where people say no, or the page has no TLS.
export function whereAmI() {
  return new Promise((done, fail) => {
    if (!navigator.geolocation) return fail(new Error(t("map.no_place")));
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy }),
      () => fail(new Error(t("map.no_place"))),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  });
}
