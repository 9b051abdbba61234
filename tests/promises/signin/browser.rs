//! As much of a browser as signing in takes: cookies by host, redirects on demand, forms.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::SOON;

/// What a server answered.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) head: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Page {
    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.head.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> String {
        let to = self.header("location").unwrap_or_else(|| panic!("no way on: {self:?}"));
        if to.starts_with('/') {
            format!("http://{}{to}", host_of(&self.url))
        } else {
            to.to_owned()
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|err| panic!("{err}: {self:?}"))
    }

    /// The word that a refusal of ours carries.
    pub(crate) fn reason(&self) -> String {
        let told = self.json();
        told["info"]["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// A parameter of where it leads.
    pub(crate) fn asked(&self, name: &str) -> String {
        let to = self.location();
        let query = to.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

pub(crate) fn host_of(url: &str) -> &str {
    url.split('/').nth(2).unwrap()
}

/// Keeps cookies, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    cookies: HashMap<String, HashMap<String, String>>,
}

impl Browser {
    pub(crate) fn get(&mut self, url: &str) -> Page {
        self.ask("GET", url, "", None)
    }

    /// Sends a form, as from a page of the same server.
    pub(crate) fn post(&mut self, url: &str, form: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let origin = format!("Origin: http://{}\r\n", host_of(url));
        self.ask("POST", url, &origin, Some(&body))
    }

    pub(crate) fn ask(&mut self, method: &str, url: &str, headers: &str, form: Option<&str>) -> Page {
        let host = host_of(url);
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let mut text = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}");
        let kept = self.cookies.entry(host.to_owned()).or_default();
        if !kept.is_empty() {
            let pairs: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
            text.push_str(&format!("Cookie: {}\r\n", pairs.join("; ")));
        }
        if let Some(form) = form {
            text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            text.push_str(&format!("Content-Length: {}\r\n\r\n{form}", form.len()));
        } else {
            text.push_str("\r\n");
        }
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let page = page(url, &answer);
        self.keep(host, &page);
        page
    }

    fn keep(&mut self, host: &str, page: &Page) {
        let kept = self.cookies.entry(host.to_owned()).or_default();
        for (_, cookie) in page.head.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Goes on until a page is there, or the way leads to this host.
    pub(crate) fn follow(&mut self, mut page: Page, stop_at: &str) -> Page {
        for _ in 0..10 {
            if !(300..400).contains(&page.status) || host_of(&page.location()) == stop_at {
                return page;
            }
            page = self.get(&page.location());
        }
        panic!("led in a circle: {page:?}")
    }

    /// The cookies of a host, as they are sent.
    pub(crate) fn cookies_of(&self, host: &str) -> String {
        let kept = self.cookies.get(host);
        let pairs = kept
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Forgets what a host gave it.
    pub(crate) fn forget(&mut self, host: &str) {
        self.cookies.remove(host);
    }
}

fn page(url: &str, answer: &[u8]) -> Page {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let head: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let body = &answer[end + 4..];
    let is_chunked = head
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if is_chunked { joined(body) } else { body.to_vec() };
    Page {
        url: url.to_owned(),
        status,
        head,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn joined(mut chunked: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(at) = chunked.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&chunked[..at]).unwrap().trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        whole.extend_from_slice(&chunked[at + 2..at + 2 + length]);
        chunked = &chunked[at + 4 + length..];
    }
    whole
}
