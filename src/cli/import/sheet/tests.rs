//! What a file may look like and what is refused of it.

use std::sync::Arc;

use super::*;

const USERS: &str = "username,password,first_name,last_name,email,role";

fn parsed(bytes: &[u8]) -> (Option<Sheet>, Vec<String>) {
    let mut faults = Faults::default();
    let sheet = parse(&Arc::from("f.csv"), bytes, &mut faults);
    (sheet, faults.faults.iter().map(ToString::to_string).collect())
}

#[test]
fn the_order_of_columns_is_free_and_marks_blank_lines_quotes_and_crlf_are_fine() {
    let text = "\u{feff}role, username ,email,password,last_name,first_name\r\n\r\ncustomer,ada,,\"pass, \"\"word\"\"\",L,A\r\n \r\n,,,,,\r\ncustomer,bob,, pass word,M,B\r\n";
    let (sheet, faults) = parsed(text.as_bytes());
    let sheet = sheet.unwrap();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!((sheet.kind, sheet.lines.len()), (Kind::Users, 2));
    let [ada, bob] = [&sheet.lines[0], &sheet.lines[1]];
    assert_eq!((ada.place.line, bob.place.line), (Some(3), Some(6)));
    assert_eq!(
        (ada.field(0), ada.exact(1), ada.field(5)),
        ("ada", "pass, \"word\"", "customer")
    );
    assert_eq!(bob.exact(1), " pass word", "blanks belong to a password");
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    for (text, lines) in [
        ("{}\na,b,c,d,e,f\na,b,c,d,e,f", [2, 3]),
        ("{}\r\na,b,c,d,e,f\r\na,b,c,d,e,f\r\n", [2, 3]),
        ("{}\ra,b,c,d,e,f\ra,b,c,d,e,f\r", [2, 3]),
        ("\n\n{}\n\n\r\na,b,c,d,e,f\n\na,b,c,d,e,f", [6, 8]),
        ("{}\na,\"b\nb\r\nb\",c,d,e,f\na,b,c,d,e,f", [2, 5]),
    ] {
        let text = text.replace("{}", USERS);
        let (sheet, faults) = parsed(text.as_bytes());
        let found: Vec<_> = sheet.unwrap().lines.iter().filter_map(|line| line.place.line).collect();
        assert_eq!((found.as_slice(), faults), (lines.as_slice(), Vec::new()), "{text:?}");
    }
}

#[test]
fn what_is_no_table_of_ours_is_refused_in_one_line_that_says_why() {
    for (bytes, wanted) in [
        (&b""[..], "f.csv: is empty, wanted a header: name,plate,"),
        (b" \r\n\n", "f.csv: is empty"),
        (b"\xef\xbb\xbf", "f.csv: is empty"),
        (b"{\"buildings\": []}", "f.csv: is JSON, wanted CSV of cars or users"),
        (b"[1]", "f.csv: is JSON"),
        (b"a\0b,c\n", "f.csv: is no CSV text"),
        (b"x,y\n1,2\n", "f.csv:1: got the header `x,y`, wanted name,plate,"),
        (b"\n\nname;plate;make\n", "f.csv:3: got the header `name;plate;make`"),
        (b"name\xe4,plate\n", "f.csv:1: is not UTF-8"),
        (b"name,plate\na,b\nc,\xff\n", "f.csv:3: is not UTF-8"),
        (
            b"username,password,first_name,last_name,mail,role\n",
            "f.csv:1: the header of users lacks `email` and has unknown `mail`",
        ),
        (
            b"username,password,first_name,last_name,email,role,role\n",
            "f.csv:1: the header of users has twice `role`",
        ),
    ] {
        let (sheet, faults) = parsed(bytes);
        assert!(sheet.is_none());
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with(wanted), "{}", faults[0]);
    }
}

#[test]
fn a_line_of_another_width_is_named_and_the_others_are_read() {
    let text = format!("{USERS}\na,b,c,d,e\na,b,c,d,e,f\na,b,c,d,e,f,\n\"a,b,c\n");
    let (sheet, faults) = parsed(text.as_bytes());
    assert_eq!(sheet.unwrap().lines.len(), 1);
    assert_eq!(
        faults,
        [
            "f.csv:2: got 5 fields, wanted 6",
            "f.csv:4: got 7 fields, wanted 6",
            "f.csv:5: got 1 fields, wanted 6"
        ]
    );
}

#[test]
fn one_line_more_than_an_import_takes_is_refused() {
    let text = |lines: usize| format!("{USERS}\n{}", "a,b,c,d,e,f\n".repeat(lines));
    assert_eq!(
        parsed(text(LINES_MAX).as_bytes()).0.map(|sheet| sheet.lines.len()),
        Some(LINES_MAX)
    );
    let (sheet, faults) = parsed(text(LINES_MAX + 1).as_bytes());
    assert!(sheet.is_none());
    assert_eq!(faults, ["f.csv: has more than 20000 lines, the most one import takes"]);
}
