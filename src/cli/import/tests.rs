//! What becomes of rows: faults by column, the later row, plates.

use super::fault::FAULTS_TOLD_MAX;
use super::*;
use crate::store::{DatabaseUrl, Store, StoreOptions};

const CARS: &str = "name,plate,make,model,body_type,colour,seats,latitude,longitude,place,rate_per_hour,currency\n";
const USERS: &str = "username,password,first_name,last_name,email,role\n";

fn settled(files: &[(&str, String)], plates: &[(&str, &str)]) -> (Rows, Faults) {
    let mut faults = Faults::default();
    let mut taken = Files::default();
    for (name, text) in files {
        taken.take(&Arc::from(*name), text.as_bytes(), &mut faults);
    }
    let stored = Stored {
        roles: users::FIRST_ROLES.iter().map(|role| (*role).to_owned()).collect(),
        plates: plates
            .iter()
            .map(|(plate, name)| ((*plate).to_owned(), (*name).to_owned()))
            .collect(),
    };
    let rows = settle(taken, &stored, &mut faults);
    (rows, faults)
}

fn faults_of(text: String) -> Vec<String> {
    let (_, faults) = settled(&[("f.csv", text)], &[]);
    faults.faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_bad_car_is_told_by_its_column_with_what_was_got_and_wanted() {
    let long = "x".repeat(65);
    for (row, wanted) in [
        (
            "a,P,m,m,b,c,0,1,2,p,5,EUR",
            "f.csv:2: seats: got `0`, wanted a whole number from 1 to 99",
        ),
        ("a,P,m,m,b,c,100,1,2,p,5,EUR", "f.csv:2: seats: got `100`"),
        ("a,P,m,m,b,c,4.5,1,2,p,5,EUR", "f.csv:2: seats: got `4.5`"),
        (
            "a,P,m,m,b,c,5,91,2,p,5,EUR",
            "f.csv:2: latitude: got `91`, wanted degrees from -90 to 90",
        ),
        ("a,P,m,m,b,c,5,NaN,2,p,5,EUR", "f.csv:2: latitude: got `NaN`"),
        ("a,P,m,m,b,c,5,1,-180.1,p,5,EUR", "f.csv:2: longitude: got `-180.1`"),
        ("a,P,m,m,b,c,5,1,,p,5,EUR", "f.csv:2: longitude: got ``"),
        (
            "a,P,m,m,b,c,5,1,2,p,-5,EUR",
            "f.csv:2: rate_per_hour: got `-5`, wanted an amount such as 13.00, not negative",
        ),
        (
            "a,P,m,m,b,c,5,1,2,p,1.5,JPY",
            "f.csv:2: rate_per_hour: got amount `1.5`, but JPY has 0 decimals",
        ),
        (
            "a,P,m,m,b,c,5,1,2,p,99999999999999999999,EUR",
            "f.csv:2: rate_per_hour: an amount of EUR is too large",
        ),
        ("a,P,m,m,b,c,5,1,2,p,5,eur", "f.csv:2: currency: got `eur`"),
        ("a,P,m,m,b,c,5,1,2,p,5,", "f.csv:2: currency: got ``"),
        (
            ",P,m,m,b,c,5,1,2,p,5,EUR",
            "f.csv:2: name: got a `name` of 0 characters",
        ),
        ("a b,P,m,m,b,c,5,1,2,p,5,EUR", "f.csv:2: name: got ' ' in the name"),
        (
            "a,,m,m,b,c,5,1,2,p,5,EUR",
            "f.csv:2: plate: got a `plate` of 0 characters",
        ),
        (
            "a,P,m,\"m\nm\",b,c,5,1,2,p,5,EUR",
            "f.csv:2: model: got the control character '\\n'",
        ),
        (
            &format!("{long},P,m,m,b,c,5,1,2,p,5,EUR"),
            "f.csv:2: name: got a `name` of 65 characters",
        ),
    ] {
        let faults = faults_of(format!("{CARS}{row}\n"));
        assert_eq!(faults.len(), 1, "{row}: {faults:?}");
        assert!(faults[0].starts_with(wanted), "{row}: {}", faults[0]);
    }
}

#[test]
fn a_bad_person_is_told_by_the_column_and_never_with_the_password() {
    for (row, wanted) in [
        (
            ",long enough,a,b,,customer",
            "f.csv:2: username: username \"\" has to be",
        ),
        ("a b,long enough,a,b,,customer", "f.csv:2: username: username \"a b\""),
        (
            "ada,secret7,a,b,,customer",
            "f.csv:2: password: password has 7 characters, wanted at least 8",
        ),
        ("ada,,a,b,,customer", "f.csv:2: password: password has 0 characters"),
        (
            "ada,long enough,a,b,,boss",
            "f.csv:2: role: got `boss`, wanted one of guest, user, customer,",
        ),
        ("ada,long enough,a,b,,", "f.csv:2: role: got ``"),
        ("ada,long enough,a,b,ada,customer", "f.csv:2: email: got `ada`"),
        ("ada,long enough,a,b,a@b@c,customer", "f.csv:2: email: got `a@b@c`"),
        (
            "ada,long enough,\"a\nb\",b,,customer",
            "f.csv:2: first_name: got the control character",
        ),
    ] {
        let faults = faults_of(format!("{USERS}{row}\n"));
        assert_eq!(faults.len(), 1, "{row}: {faults:?}");
        assert!(faults[0].starts_with(wanted), "{row}: {}", faults[0]);
        assert!(!faults[0].contains("secret7"));
    }
}

#[test]
fn every_fault_of_a_line_is_told_and_one_bad_line_among_a_thousand_found() {
    let faults = faults_of(format!("{CARS}a,P,m,m,b,c,0,91,181,p,x,EUR\n"));
    assert_eq!(faults.len(), 4, "{faults:?}");
    let mut rows = String::from(USERS);
    for row in 0..1000 {
        let role = if row == 776 { "boss" } else { "customer" };
        rows.push_str(&format!("user{row},long enough,a,b,,{role}\n"));
    }
    let faults = faults_of(rows);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("f.csv:778: role: got `boss`"), "{}", faults[0]);
}

#[test]
fn the_fault_after_the_fiftieth_is_counted() {
    for bad in [FAULTS_TOLD_MAX, FAULTS_TOLD_MAX + 1] {
        let rows = format!("{USERS}{}", ",long enough,a,b,,customer\n".repeat(bad));
        let (_, faults) = settled(&[("f.csv", rows)], &[]);
        assert_eq!(
            (faults.faults.len(), faults.more),
            (FAULTS_TOLD_MAX, bad - FAULTS_TOLD_MAX)
        );
    }
}

fn car(name: &str, plate: &str) -> String {
    format!("{name},{plate},m,m,b,c,5,1,2,p,5,EUR\n")
}

#[test]
fn of_two_rows_with_one_id_the_later_wins_also_across_files() {
    let first = format!("{CARS}{}{}{}", car("a", "P1"), car("b", "P2"), car("a", "P3"));
    let second = format!("{CARS}{}", car("b", "P4"));
    let (rows, faults) = settled(&[("1.csv", first), ("2.csv", second)], &[]);
    assert!(faults.is_empty());
    let kept: Vec<(&str, &str)> = rows.cars.iter().map(|row| (&*row.of.name, &*row.of.plate)).collect();
    assert_eq!(kept, [("a", "P3"), ("b", "P4")]);
    let overruled: Vec<String> = rows
        .overruled
        .cars
        .iter()
        .map(|row| format!("{} {} {}", row.id, row.earlier, row.later))
        .collect();
    assert_eq!(overruled, ["a 1.csv:2 1.csv:4", "b 1.csv:3 2.csv:2"]);
}

#[test]
fn a_plate_belongs_to_one_car() {
    for (rows, stored, wanted) in [
        (
            vec![("a", "P1"), ("b", "P1")],
            vec![],
            Some("f.csv:3: plate: got `P1`, the plate of car `a` in f.csv:2"),
        ),
        (
            vec![("a", "P1")],
            vec![("P1", "x")],
            Some("f.csv:2: plate: got `P1`, the plate of the stored car `x`"),
        ),
        (vec![("a", "P1")], vec![("P1", "a")], None),
        // The overruled row does not count.
        (vec![("a", "P1"), ("b", "P1"), ("a", "P2")], vec![], None),
        // Two cars that swap their plates.
        (vec![("a", "P2"), ("b", "P1")], vec![("P1", "a"), ("P2", "b")], None),
        // A plate that its car of before gives up.
        (vec![("a", "P2"), ("b", "P1")], vec![("P1", "a")], None),
    ] {
        let text: String = rows.iter().map(|(name, plate)| car(name, plate)).collect();
        let (_, faults) = settled(&[("f.csv", format!("{CARS}{text}"))], &stored);
        let told = faults.faults.first().map(ToString::to_string);
        match (told, wanted) {
            (Some(told), Some(wanted)) => assert!(told.starts_with(wanted), "{told}"),
            (told, wanted) => assert_eq!(told.as_deref(), wanted, "{rows:?}"),
        }
    }
}

#[test]
fn the_roles_of_a_new_store_are_those_known_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::sqlite(dir.path().join("m.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let mut stored = store.read_blocking(write::stored).unwrap().roles;
    let mut known: Vec<String> = users::FIRST_ROLES.iter().map(|role| (*role).to_owned()).collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
}

#[test]
fn the_shipped_demo_files_are_good() {
    for file in [
        include_str!("../../../data/demo/cars.csv"),
        include_str!("../../../data/demo/users.csv"),
    ] {
        let (rows, faults) = settled(&[("f.csv", file.to_owned())], &[]);
        assert!(faults.is_empty(), "{:?}", faults.faults);
        assert!(rows.cars.len() == 10 || rows.users.len() == 7);
    }
}

fn buildings_of(text: &str) -> (Vec<Building>, Vec<String>) {
    let (rows, faults) = settled(&[("b.json", text.to_owned())], &[]);
    let faults = faults.faults.iter().map(ToString::to_string).collect();
    (rows.buildings.into_iter().map(|row| row.of).collect(), faults)
}

#[test]
fn the_campus_file_is_taken_as_it_is_and_of_two_with_one_id_the_later_wins() {
    let text = include_str!("../../../tests/data/alameda-buildings.json");
    let (rows, faults) = settled(&[("alameda.json", text.to_owned())], &[]);
    assert!(faults.is_empty(), "{:?}", faults.faults);
    let named: Vec<(&str, &str)> = rows.buildings.iter().map(|row| (&*row.of.id, &*row.of.name)).collect();
    assert_eq!(
        named,
        [
            ("2448131361042", "Pavilhão de Civil"),
            ("2448131361155", "INESC"),
            ("2448131361091", "Torre Norte"),
            ("2448131361109", "Pavilhão de Química"),
        ]
    );
    let overruled = &rows.overruled.buildings[0];
    assert_eq!(
        format!("{} {} {}", overruled.id, overruled.earlier, overruled.later),
        "2448131361155 alameda.json:3 alameda.json:6"
    );
}

#[test]
fn spaces_within_spaces_and_features_are_buildings() {
    let (found, faults) = buildings_of(
        r#"[{"id": 1, "name": "campus", "containedSpaces": [
            {"id": "a", "name": "A", "latitude": 1, "longitude": 2, "range": 5, "containedSpaces": [
                {"id": "b", "latitude": 1, "longitude": 2, "radious": 3}]}]}]"#,
    );
    let found: Vec<(&str, &str)> = found.iter().map(|building| (&*building.id, &*building.name)).collect();
    assert_eq!((found, faults), (vec![("a", "A"), ("b", "b")], vec![]));
    let (found, faults) = buildings_of(
        r#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": "p", "properties": {"name": "O'Neill's"}, "geometry": {"type": "Polygon", "coordinates": [
                [[0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1], [0, 0]], [[0.02, 0.02], [0.04, 0.02], [0.04, 0.04], [0.02, 0.02]]]}},
            {"type": "Feature", "properties": {"id": 7, "radius_m": 12.5}, "geometry": {"type": "Point", "coordinates": [2, 1]}}]}"#,
    );
    assert_eq!(faults, [""; 0]);
    assert_eq!(
        (&*found[0].name, &*found[1].id, found[1].reach_m()),
        ("O'Neill's", "7", 12.5)
    );
    assert!(
        found[0]
            .contains(crate::place::Position::new(0.05, 0.05).unwrap())
            .is_some()
    );
    assert!(
        found[0]
            .contains(crate::place::Position::new(0.025, 0.03).unwrap())
            .is_none()
    );
}

#[test]
fn a_bad_building_is_told_by_its_id_and_line() {
    let feature =
        |geometry: &str| format!(r#"{{"type": "Feature", "id": "x", "properties": {{}}, "geometry": {geometry}}}"#);
    for (text, wanted) in [
        ("{\"id\": \n", "b.json:2: is no JSON"),
        ("{}", "b.json: has no buildings"),
        (r#"{"containedSpaces": []}"#, "b.json: has no buildings"),
        (r#"{"containedSpaces": [3]}"#, "b.json: got 3, wanted a space"),
        (
            "{\n\"id\": \"x\", \"name\": \"n\", \"latitude\": 91, \"longitude\": 0, \"range\": 1}",
            "b.json:2: building `x`: got latitude 91",
        ),
        (
            r#"{"id": "x", "latitude": 1, "longitude": 0, "range": -1}"#,
            "b.json:1: building `x`: got a `radius_m` of -1",
        ),
        (
            r#"{"id": "x", "latitude": 1, "longitude": 0}"#,
            "b.json:1: building `x`: wanted `latitude`, `longitude` and `range`",
        ),
        (
            r#"{"latitude": 1, "longitude": 0, "range": 1}"#,
            "b.json: a building: has no `id`",
        ),
        (
            &feature(r#"{"type": "LineString", "coordinates": [[0, 0], [1, 1]]}"#),
            "b.json:1: building `x`: is a LineString",
        ),
        (
            &feature(r#"{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}"#),
            "b.json:1: building `x`: ring 1 has 2",
        ),
        (&feature("null"), "b.json:1: building `x`: has no geometry"),
        (&feature("3"), "b.json: is no GeoJSON"),
    ] {
        let (found, faults) = buildings_of(text);
        assert!(found.is_empty() && faults.len() == 1, "{text}: {faults:?}");
        assert!(faults[0].starts_with(wanted), "{text}: {}", faults[0]);
    }
}
