//! `/openapi.json` held against the server by schemathesis, as a guest, as a rider and as an admin: it finds nothing.
//!
//! Left out is what ends the server or the right to ask it, which a test that asks for a minute cannot do without.

use std::path::Path;
use std::process::Command;

use crate::harness::{Server, get};

const SCHEMATHESIS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/tools/schemathesis/bin/schemathesis"
);
/// Examples of each call beyond those that cover its document.
const EXAMPLES: &str = "2";
/// Bounds a run; three of them run one after the other. A slow machine tries less than a fast one.
const SECONDS_MAX: &str = "60";
/// Paths that would end the server, move it elsewhere, or lock the asker out; and pictures, which schemathesis cannot make.
const LEFT_OUT: &str = "v1/pictures$|shutdown|restart|[/.]ban|kick|/network|parent|connectto|password|session|disable|role|removeadmin|mute|getadmin|setadminkey|keys/admin|signout";
/// What a document cannot say of what it takes is refused by one of these.
const CONFIG: &str = "
[checks.positive_data_acceptance]
expected-statuses = [\"2xx\", \"4xx\", \"503\", \"504\"]
[checks.not_a_server_error]
expected-statuses = [\"2xx\", \"3xx\", \"4xx\", \"503\", \"504\"]
# What tus wants to be answered to who speaks another version of it.
[checks.negative_data_rejection]
expected-statuses = [\"400\", \"401\", \"403\", \"404\", \"405\", \"409\", \"412\", \"413\", \"415\", \"422\", \"429\", \"503\"]
[checks.missing_required_header]
expected-statuses = [\"400\", \"401\", \"403\", \"404\", \"412\", \"415\", \"422\"]
";
/// It cannot write the media type that tus wants for the first, and takes one header more for a fault of the second;
/// `files::http` tries both.
const NOT_TRIED: [&str; 2] = ["tus_add", "tus_create"];

fn run(server: &Server, who: &str, token: Option<&str>) {
    assert!(
        Path::new(SCHEMATHESIS).exists(),
        "run scripts/setup.sh test for schemathesis"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), CONFIG).unwrap();
    let mut command = Command::new(SCHEMATHESIS);
    command
        .current_dir(folder.path())
        .arg("run")
        .arg(format!("http://{}/openapi.json", server.http()));
    command.args([
        "--checks",
        "all",
        "--max-examples",
        EXAMPLES,
        "--max-time",
        SECONDS_MAX,
        "--seed",
        "20",
        "--no-color",
    ]);
    command.args([
        "--suppress-health-check",
        "all",
        "--warnings",
        "off",
        "--exclude-path-regex",
        LEFT_OUT,
    ]);
    for operation in NOT_TRIED {
        command.args(["--exclude-operation-id", operation]);
    }
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // What it found comes last: long logs are cut at their beginning.
    let found = said.find("= FAILURES =").map_or(&*said, |at| &said[at..]);
    assert!(output.status.success(), "as {who}: {found}");
    assert_eq!(get(server.http(), "/health/ready").unwrap().0, 200, "as {who}");
}

#[test]
fn a_document_that_is_tried_with_everything_it_allows_and_forbids_holds() {
    let server = Server::start();
    run(&server, "a guest", None);
    run(&server, "a rider", Some(server.token_of("anna")));
    run(&server, "an admin", Some(server.token_of("ada")));
}
