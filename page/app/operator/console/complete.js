// What may come next on a line of the console. Pure: it sees the line, the place of the cursor, the commands and the names that are known.

// Which names a parameter wants.
const SOURCES = {
  car: "cars", user: "users", username: "users", engineer: "users", users: "users", client: "clients", command: "commands", topic: "commands",
  building: "buildings", group: "groups", permission: "groups", role: "groups", inherits: "groups", bot: "bots", service_name: "services",
};
// `name` is many things.
const SOURCES_OF = { "s.runservice name": "services", "s.removegroup name": "groups" };

export const nameOf = (signature) => signature.slice(0, signature.indexOf("("));

// "s.book(car, start, end?)" as a list of {name, isRequired}.
export function parametersOf(signature) {
  const inside = signature.slice(signature.indexOf("(") + 1, signature.lastIndexOf(")"));
  return inside.split(",").map((part) => part.trim()).filter(Boolean).map((part) => {
    const name = part.replace(/[?.]+/g, "");
    return { name, isRequired: !part.includes("?"), isMany: part.includes("...") };
  });
}

// Cuts what stands between the bracket and the cursor at its commas, but not within quotes.
export function cutArguments(text) {
  const parts = [""];
  let quote = null;
  for (const letter of text) {
    if (quote) {
      if (letter === quote) quote = null;
      parts[parts.length - 1] += letter;
    } else if (letter === ",") parts.push("");
    else {
      if (letter === '"' || letter === "'") quote = letter;
      parts[parts.length - 1] += letter;
    }
  }
  return parts;
}

const quoted = (word) => (/^[\w.:-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`);

// {from, words: [{text, insert, about}], source?}: what takes the place of the line from `from` to the cursor.
// `names` maps a source to a list of words, as far as they are known.
export function complete(line, cursor, commands, names) {
  const before = line.slice(0, cursor);
  const open = before.indexOf("(");
  if (open < 0) {
    const start = before.length - before.trimStart().length;
    const wanted = before.slice(start).toLowerCase();
    const words = commands.filter((one) => nameOf(one.command).startsWith(wanted) || (wanted.length > 1 && nameOf(one.command).includes(wanted)));
    words.sort((a, b) => Number(nameOf(b.command).startsWith(wanted)) - Number(nameOf(a.command).startsWith(wanted)) || a.command.localeCompare(b.command));
    return { from: start, words: words.map((one) => ({ text: nameOf(one.command), insert: `${nameOf(one.command)}(${parametersOf(one.command).length === 0 ? ")" : ""}`, about: one.about })) };
  }
  const command = commands.find((one) => nameOf(one.command) === before.slice(0, open).trim());
  if (!command || before.includes(")")) return { from: cursor, words: [] };
  const parameters = parametersOf(command.command);
  const parts = cutArguments(before.slice(open + 1));
  const part = parts.at(-1);
  const equals = part.indexOf("=");
  const used = parts.slice(0, -1).map((one, at) => (one.includes("=") ? one.slice(0, one.indexOf("=")).trim() : parameters[at]?.name));
  const parameter = equals >= 0 ? parameters.find((one) => one.name === part.slice(0, equals).trim()) : parameters[Math.min(parts.length - 1, parameters.length - 1)];
  const value = (equals >= 0 ? part.slice(equals + 1) : part).trimStart();
  const from = cursor - value.length;
  const wanted = value.replace(/^["']/, "").toLowerCase();
  const source = parameter && (SOURCES_OF[`${nameOf(command.command)} ${parameter.name}`] ?? SOURCES[parameter.name]);
  const known = (source === "commands" ? commands.map((one) => nameOf(one.command)) : names[source] ?? []).filter((word) => word.toLowerCase().startsWith(wanted));
  const words = known.map((word) => ({ text: word, insert: quoted(word), about: parameter.name }));
  const left = equals >= 0 ? [] : parameters.filter((one) => !used.includes(one.name) && one.name.startsWith(wanted));
  return { from, source, words: [...words, ...left.map((one) => ({ text: `${one.name}=`, insert: `${one.name}=`, about: one.isRequired ? "" : "?" }))] };
}

// What stands in the help for the command of this line.
export function commandOf(line, commands) {
  const name = (line.includes("(") ? line.slice(0, line.indexOf("(")) : line).trim();
  return commands.find((one) => nameOf(one.command) === name);
}

// Lines with something secret in them are not kept.
export const isSecret = (line) => /\b(password|old_password|new_password|key|pin|code)\s*=/.test(line) || /^\s*s\.(password|newpassword|getadmin|setpin|signup|adduser|unlockwith|setparent)\s*\(/.test(line);
