//! What the program is made of may be given on under its own licence, and no crate is in it twice unnoticed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use spdx::{Expression, LicenseReq};

/// Licences that ask for no more than to be named. MPL-2.0 and the like are not among them.
const TAKEN: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "PostgreSQL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
/// Crates that say what they are in a way of their own, and what that is.
const READ_BY_HAND: [(&str, &str); 0] = [];
/// In the program more than once, because what needs them has not met yet. One that is no more twice leaves this list.
const TWICE: &[&str] = &[
    "base64",
    "bitflags",
    "block-buffer",
    "const-oid",
    "cpufeatures",
    "crypto-common",
    "darling",
    "darling_core",
    "darling_macro",
    "der",
    "digest",
    "getrandom",
    "glam",
    "hashbrown",
    "hmac",
    "indexmap",
    "jiff",
    "jiff-core",
    "lock_api",
    "matchit",
    "miniz_oxide",
    "ordered-float",
    "parking_lot",
    "parking_lot_core",
    "pem-rfc7468",
    "pkcs8",
    "rand",
    "rand_chacha",
    "rand_core",
    "schemars",
    "serde_spanned",
    "sha2",
    "signature",
    "spki",
    "strum",
    "strum_macros",
    "syn",
    "synstructure",
    "thiserror",
    "thiserror-impl",
    "toml",
    "toml_datetime",
    "toml_edit",
    "tower-http",
    "winnow",
];

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.other_options(vec![
        "--locked".to_owned(),
        "--filter-platform".to_owned(),
        "x86_64-unknown-linux-gnu".to_owned(),
    ]);
    command.exec().unwrap()
}

/// What is compiled into the program or runs to build it; not what tests alone need.
fn parts(metadata: &Metadata) -> Vec<&Package> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let root = resolve.root.as_ref().unwrap();
    let (mut seen, mut ahead) = (BTreeSet::from([root]), vec![root]);
    while let Some(id) = ahead.pop() {
        for dependency in &nodes[id].deps {
            let is_part = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if is_part && seen.insert(&dependency.pkg) {
                ahead.push(&dependency.pkg);
            }
        }
    }
    metadata
        .packages
        .iter()
        .filter(|package| seen.contains(&package.id))
        .collect()
}

fn is_taken(licence: &LicenseReq) -> bool {
    let name = licence.license.id().map(|id| id.name);
    name.is_some_and(|name| TAKEN.contains(&name))
}

#[test]
fn every_part_of_the_program_has_a_licence_that_fits_its_own() {
    let metadata = metadata();
    let parts = parts(&metadata);
    assert!(parts.len() > 100, "{}", parts.len());
    let unfit: Vec<String> = parts
        .iter()
        .filter(|package| {
            let said = READ_BY_HAND
                .iter()
                .find(|(name, _)| *name == package.name.as_str())
                .map(|(_, said)| *said);
            let said = said.or(package.license.as_deref()).unwrap_or_default();
            // Crates of older days write `MIT/Apache-2.0`.
            let read = Expression::parse(&said.replace('/', " OR "));
            !read.is_ok_and(|expression| expression.evaluate(is_taken))
        })
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(unfit.is_empty(), "{unfit:#?}");
}

#[test]
fn no_crate_is_in_the_program_twice_but_those_that_are_known() {
    let metadata = metadata();
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in parts(&metadata) {
        versions
            .entry(package.name.as_str())
            .or_default()
            .insert(package.version.to_string());
    }
    let twice: BTreeSet<&str> = versions
        .iter()
        .filter(|(_, of)| of.len() > 1)
        .map(|(name, _)| *name)
        .collect();
    let known: BTreeSet<&str> = TWICE.iter().copied().collect();
    versions.retain(|name, _| twice.contains(name) != known.contains(name));
    assert!(versions.is_empty(), "new, or no more twice: {versions:?}");
}
