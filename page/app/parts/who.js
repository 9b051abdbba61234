// Who did something, as the server's books have it (`user:7`, `car:3`, `key:2`, `server`), with the names people know.
import { useMemo } from "../view.js";
import { useBuildings, useCars, usePeople } from "../state/whole.js";
import { t } from "../texts/index.js";

const sorts = { user: "op.who.user", car: "op.who.car", key: "op.who.key", bot: "op.who.bot", booking: "op.who.booking", repair: "op.who.repair", building: "op.who.building", cli: "op.who.cli", client: "op.who.client", ip: "op.who.ip", guest: "op.who.guest", service: "op.who.service" };

export function whoText(who, { users, cars } = {}) {
  if (!who) return "";
  const [sort, ...rest] = who.split(":");
  const id = rest.join(":");
  if (sort === "user" && users?.has(Number(id))) return users.get(Number(id)).user;
  if (sort === "car" && cars?.has(Number(id))) return cars.get(Number(id)).car;
  if (who === "server") return t("op.who.server");
  return sorts[sort] && id ? t(sorts[sort], { id }) : who;
}

// Names of buildings by their ids; one that is no more is shown by its id.
export function usePlaces() {
  const buildings = useBuildings();
  return useMemo(() => {
    const known = new Map((buildings.answer ?? []).map((one) => [one.building, one.name]));
    return (id) => known.get(id) ?? id;
  }, [buildings.answer]);
}

// {nameOf(who), users, cars}: maps by number. Who may not list accounts hears numbers of people.
export function useNames({ people = true } = {}) {
  const cars = useCars();
  const users = usePeople(people);
  return useMemo(() => {
    const known = {
      cars: new Map((cars.answer ?? []).map((car) => [car.car_id, car])),
      users: new Map((users.answer ?? []).map((user) => [user.user_id, user])),
    };
    return { ...known, nameOf: (who) => whoText(who, known) };
  }, [cars.answer, users.answer]);
}
