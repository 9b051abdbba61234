// Texts of the rooms of riders, a file for each part.
import cars from "./rider/cars.js";
import people from "./rider/people.js";
import me from "./rider/me.js";

export default { ...cars, ...people, ...me };
