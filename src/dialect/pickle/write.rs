//! Values as pickles of protocol 3, which every Python 3 reads. Nothing is shared: there is no memo.

use super::Pickle;
use super::opcodes as op;

/// The pickle of a value.
pub(crate) fn write(value: &Pickle) -> Vec<u8> {
    let mut out = vec![op::PROTO, 3];
    put(value, &mut out);
    out.push(op::STOP);
    out
}

fn put(value: &Pickle, out: &mut Vec<u8>) {
    match value {
        Pickle::None => out.push(op::NONE),
        Pickle::Bool(true) => out.push(op::NEWTRUE),
        Pickle::Bool(false) => out.push(op::NEWFALSE),
        Pickle::Int(whole) => put_whole(*whole, out),
        Pickle::Float(float) => put_float(*float, out),
        Pickle::Text(text) => {
            out.push(op::BINUNICODE);
            put_counted(text.as_bytes(), out);
        }
        Pickle::Bytes(bytes) => {
            out.push(op::BINBYTES);
            put_counted(bytes, out);
        }
        Pickle::List(items) => {
            out.extend([op::EMPTY_LIST, op::MARK]);
            items.iter().for_each(|item| put(item, out));
            out.push(op::APPENDS);
        }
        Pickle::Tuple(items) => {
            out.push(op::MARK);
            items.iter().for_each(|item| put(item, out));
            out.push(op::TUPLE);
        }
        Pickle::Dict(fields) => {
            out.extend([op::EMPTY_DICT, op::MARK]);
            for (key, field) in fields {
                put(key, out);
                put(field, out);
            }
            out.push(op::SETITEMS);
        }
        Pickle::Floats(floats) => {
            out.extend([op::EMPTY_LIST, op::MARK]);
            floats.iter().for_each(|float| put_float(*float, out));
            out.push(op::APPENDS);
        }
    }
}

fn put_whole(whole: i64, out: &mut Vec<u8>) {
    if let Ok(small) = u8::try_from(whole) {
        out.extend([op::BININT1, small]);
    } else if let Ok(small) = i32::try_from(whole) {
        out.push(op::BININT);
        out.extend(small.to_le_bytes());
    } else {
        out.extend([op::LONG1, 8]);
        out.extend(whole.to_le_bytes());
    }
}

fn put_float(float: f64, out: &mut Vec<u8>) {
    out.push(op::BINFLOAT);
    out.extend(float.to_be_bytes());
}

/// Nothing of ours is longer than a frame; what would be is cut rather than written wrong.
fn put_counted(bytes: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let kept = usize::try_from(length).unwrap_or(bytes.len());
    out.extend(length.to_le_bytes());
    out.extend(bytes.get(..kept).unwrap_or(bytes));
}
