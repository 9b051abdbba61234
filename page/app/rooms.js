// Every room of the page: its path, its text, its icon, who sees it, and the file that is fetched when it is first entered.
//
// One line each: a new room is a file and a line here. `needs` is a permission; the server decides all the same.
export const ROOMS = [
  // -- everybody
  { path: "cars", text: "room.cars", icon: "car", load: () => import("./rider/cars.js") },
  { path: "bookings", text: "room.bookings", icon: "bookings", load: () => import("./rider/bookings.js") },
  { path: "people", text: "room.people", icon: "people", load: () => import("./rider/people.js") },
  { path: "messages", text: "room.messages", icon: "message", load: () => import("./rider/messages.js") },
  { path: "me", text: "room.me", icon: "me", load: () => import("./rider/me.js") },
  // -- engineers
  { path: "repairs", text: "room.repairs", icon: "repair", needs: "engineer", group: "engineer", load: () => import("./operator/repairs.js") },
  // -- operators
  { path: "overview", text: "room.overview", icon: "overview", needs: "manager", group: "operator", load: () => import("./operator/overview.js") },
  { path: "fleet", text: "room.fleet", icon: "car", needs: "manager", group: "operator", load: () => import("./operator/fleet.js") },
  { path: "timeline", text: "room.timeline", icon: "timeline", needs: "manager", group: "operator", load: () => import("./operator/timeline.js") },
  { path: "accounts", text: "room.accounts", icon: "people", needs: "manager", group: "operator", load: () => import("./operator/accounts.js") },
  { path: "buildings", text: "room.buildings", icon: "building", needs: "manager", group: "operator", load: () => import("./operator/buildings.js") },
  { path: "bots", text: "room.bots", icon: "bot", needs: "manager", group: "operator", load: () => import("./operator/bots.js") },
  { path: "clients", text: "room.clients", icon: "client", needs: "manager", group: "operator", load: () => import("./operator/clients.js") },
  { path: "reports", text: "room.reports", icon: "report", needs: "manager", group: "operator", load: () => import("./operator/reports.js") },
  { path: "files", text: "room.files", icon: "file", needs: "manager", group: "operator", load: () => import("./operator/files.js") },
  // -- the server
  { path: "services", text: "room.services", icon: "service", needs: "manager", group: "server", load: () => import("./operator/services.js") },
  { path: "log", text: "room.log", icon: "log", needs: "manager", group: "server", load: () => import("./operator/log.js") },
  { path: "figures", text: "room.figures", icon: "figures", needs: "manager", group: "server", load: () => import("./operator/figures.js") },
  { path: "console", text: "room.console", icon: "console", needs: "manager", group: "server", load: () => import("./operator/console.js") },
];
