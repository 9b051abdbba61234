// Texts of the rooms of operators, a file for each part. Each name begins with `op`.
import common from "./operator/common.js";
import fleet from "./operator/fleet.js";
import people from "./operator/people.js";
import places from "./operator/places.js";
import server from "./operator/server.js";

export default { ...common, ...fleet, ...people, ...places, ...server };
