//! Socket.IO over WebSockets by hand: one reader and one writer for our server and for Node's.
//!
//! Frames are masked by nothing, which is a mask too; what comes is looked at where it lies.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::{Fault, check};

const READ_BYTES: usize = 256 * 1024;
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// One socket.
pub(crate) struct Socket {
    stream: TcpStream,
    kept: Vec<u8>,
}

impl Socket {
    /// Opens a transport and joins `/` with this `auth`, which is JSON or nothing.
    pub(crate) fn join(address: SocketAddr, auth: &str) -> Result<Self, Fault> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut one = [0];
            stream.read_exact(&mut one)?;
            head.extend(one);
        }
        check(head.starts_with(b"HTTP/1.1 101"), || "no WebSocket".to_owned())?;
        let mut socket = Self {
            stream,
            kept: Vec::new(),
        };
        let mut buffer = vec![0; READ_BYTES];
        socket.until(&mut buffer, b"0")?;
        socket.say(&message(format!("40{auth}").as_bytes()))?;
        socket.until(&mut buffer, b"40")?;
        Ok(socket)
    }

    /// Reads until a message begins so.
    pub(crate) fn until(&mut self, buffer: &mut [u8], wanted: &[u8]) -> Result<(), Fault> {
        let mut is_there = false;
        while !is_there {
            self.read(buffer, |text| {
                check(!text.starts_with(b"44"), || String::from_utf8_lossy(text).into_owned())?;
                is_there |= text.starts_with(wanted);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Frames as they are.
    pub(crate) fn say(&mut self, frames: &[u8]) -> Result<(), Fault> {
        Ok(self.stream.write_all(frames)?)
    }

    /// Reads once; gives each whole text. Pings are answered.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        mut each: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let before = self.kept.len();
        buffer
            .get_mut(..before)
            .ok_or("too much is kept")?
            .copy_from_slice(&self.kept);
        let read = self.stream.read(buffer.get_mut(before..).unwrap_or_default())?;
        check(read > 0, || "the server closed".to_owned())?;
        let mut rest = buffer.get(..before + read).unwrap_or_default();
        let mut pings = 0;
        while let Some((text, length)) = first(rest)? {
            if text == b"2" {
                pings += 1;
            } else {
                each(text)?;
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        self.kept.clear();
        self.kept.extend_from_slice(rest);
        for _ in 0..pings {
            self.stream.write_all(&message(b"3"))?;
        }
        Ok(())
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// The text of the first frame, and how long the frame is; nothing while it is not whole.
fn first(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, Fault> {
    let Some([kind, short]) = bytes.first_chunk() else {
        return Ok(None);
    };
    check(matches!(kind & 15, 1 | 9), || format!("a frame of kind {kind}"))?;
    let (head, length) = match short {
        126 => match bytes.get(2..4) {
            Some(long) => (4, usize::from(u16::from_be_bytes(long.try_into()?))),
            None => return Ok(None),
        },
        127 => return Err("a frame that is too long".into()),
        short => (2, usize::from(*short)),
    };
    Ok(bytes.get(head..head + length).map(|text| (text, head + length)))
}

/// One message as a frame.
pub(crate) fn message(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ 0..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text);
    frame
}
