//! The HTTP side as a scraper sees it: a plain GET, and figures out of the text of `/metrics`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::{SOON, Stream};

/// Status, head and body of a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> std::io::Result<(u16, String, String)> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SOON))?;
    get_over(Stream::Plain(stream), path)
}

/// As [`get`], on a connection that has said nothing yet.
pub(crate) fn get_over(mut stream: Stream, path: &str) -> std::io::Result<(u16, String, String)> {
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: promises\r\nConnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let cut = || std::io::Error::other("the answer is cut short");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or_else(cut)?, head.to_lowercase(), body.to_owned()))
}

/// The sum of a figure over all its lines that hold these labels; 0 when there is none.
pub(crate) fn metric(address: SocketAddr, name: &str, labels: &[&str]) -> f64 {
    let (status, _, body) = get(address, "/metrics").unwrap();
    assert_eq!(status, 200);
    metric_in(&body, name, labels)
}

/// As [`metric`], in a text that is here already.
pub(crate) fn metric_in(body: &str, name: &str, labels: &[&str]) -> f64 {
    let lines = body.lines().filter(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && labels.iter().all(|label| line.contains(label))
    });
    lines
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}
