//! The machine that a pickle is a program of: a stack, marks and a memo, over nodes that refer to each other.
//!
//! Every value is a node, so that one that is referred to again is not copied. Each opcode adds at most one node and one
//! place on the stack; their number is bounded.

use std::collections::HashMap;

use super::numpy::{self, Named};
use super::opcodes as op;
use super::opcodes::{Step, step};
use super::{Bounds, PickleError};

/// Which node.
pub(super) type Id = usize;

/// A value, or part of an array that is not whole yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Floats(Vec<f64>),
    /// One of the names by which numpy writes.
    Named(Named),
    /// The type of the numbers of an array.
    Numbers(numpy::Numbers),
    /// An array whose numbers have not come.
    Hollow,
}

/// The machine while it runs.
struct Machine<'a> {
    bounds: &'a Bounds,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

/// Runs a whole pickle; gives the nodes and which of them it is.
pub(super) fn run(bytes: &[u8], bounds: &Bounds) -> Result<(Vec<Node>, Id), PickleError> {
    let mut machine = Machine {
        bounds,
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    let mut at = 0;
    while let Some(found) = step(bytes, at, bounds.bytes)? {
        at = found.next;
        if found.opcode == op::STOP {
            let root = machine.pop()?;
            return Ok((machine.nodes, root));
        }
        machine.act(found)?;
    }
    Err(PickleError::Broken("it has no end"))
}

impl Machine<'_> {
    fn act(&mut self, found: Step<'_>) -> Result<(), PickleError> {
        let argument = found.argument;
        match found.opcode {
            op::PROTO => match argument {
                [0..=5] => Ok(()),
                _ => Err(PickleError::Broken("its protocol is none of 0 to 5")),
            },
            op::FRAME => Ok(()),
            op::MARK => self.mark(),
            op::POP => self.discard(),
            op::POP_MARK => self.since_mark().map(drop),
            op::DUP => {
                let top = self.top()?;
                self.lay(top)
            }
            op::GET | op::BINGET | op::LONG_BINGET => {
                let found = self.memo.get(&key(found.opcode, argument)?).copied();
                self.lay(found.ok_or(PickleError::Broken("it refers to what it has not remembered"))?)
            }
            op::PUT | op::BINPUT | op::LONG_BINPUT => {
                let key = key(found.opcode, argument)?;
                self.remember(key)
            }
            op::MEMOIZE => self.remember(u64::try_from(self.memo.len()).unwrap_or(u64::MAX)),
            op::LIST
            | op::TUPLE
            | op::DICT
            | op::EMPTY_LIST
            | op::EMPTY_TUPLE
            | op::EMPTY_DICT
            | op::TUPLE1
            | op::TUPLE2
            | op::TUPLE3 => self.gather(found.opcode),
            op::APPEND | op::APPENDS | op::SETITEM | op::SETITEMS => self.put_in(found.opcode),
            op::GLOBAL => {
                let named = Named::of_lines(argument)?;
                self.push(Node::Named(named))
            }
            op::STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let named = Named::of(self.node(module)?, self.node(name)?)?;
                self.push(Node::Named(named))
            }
            op::REDUCE => {
                let (arguments, called) = (self.pop()?, self.pop()?);
                let node = numpy::reduce(&self.nodes, called, arguments)?;
                self.push(node)
            }
            op::BUILD => {
                let state = self.pop()?;
                let target = self.top()?;
                let built = numpy::build(&self.nodes, target, state)?;
                *self.node_mut(target)? = built;
                Ok(())
            }
            scalar => self.push(super::tree::scalar(scalar, argument)?),
        }
    }

    fn push(&mut self, node: Node) -> Result<(), PickleError> {
        if self.nodes.len() >= self.bounds.items {
            return Err(PickleError::TooMany(self.bounds.items));
        }
        self.nodes.push(node);
        self.lay(self.nodes.len() - 1)
    }

    /// Puts a node on the stack.
    fn lay(&mut self, id: Id) -> Result<(), PickleError> {
        if self.stack.len() >= self.bounds.items {
            return Err(PickleError::TooMany(self.bounds.items));
        }
        self.stack.push(id);
        Ok(())
    }

    fn mark(&mut self) -> Result<(), PickleError> {
        if self.marks.len() >= self.bounds.items {
            return Err(PickleError::TooMany(self.bounds.items));
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or_default()
    }

    fn top(&self) -> Result<Id, PickleError> {
        let is_there = self.stack.len() > self.floor();
        let top = self.stack.last().filter(|_| is_there).copied();
        top.ok_or(PickleError::Broken("a value is missing"))
    }

    fn pop(&mut self) -> Result<Id, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Takes away a value, or the mark when nothing stands on it.
    fn discard(&mut self) -> Result<(), PickleError> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or(PickleError::Broken("a mark is missing"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn node(&self, id: Id) -> Result<&Node, PickleError> {
        self.nodes.get(id).ok_or(PickleError::Broken("a value is missing"))
    }

    fn node_mut(&mut self, id: Id) -> Result<&mut Node, PickleError> {
        self.nodes.get_mut(id).ok_or(PickleError::Broken("a value is missing"))
    }

    fn remember(&mut self, key: u64) -> Result<(), PickleError> {
        let top = self.top()?;
        if self.memo.len() >= self.bounds.memo && !self.memo.contains_key(&key) {
            return Err(PickleError::TooMuchMemo(self.bounds.memo));
        }
        self.memo.insert(key, top);
        Ok(())
    }

    /// A container of what lies on the stack.
    fn gather(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = match opcode {
            op::LIST | op::TUPLE | op::DICT => self.since_mark()?,
            op::TUPLE1 => self.last(1)?,
            op::TUPLE2 => self.last(2)?,
            op::TUPLE3 => self.last(3)?,
            _ => Vec::new(),
        };
        self.push(match opcode {
            op::LIST | op::EMPTY_LIST => Node::List(items),
            op::DICT | op::EMPTY_DICT => Node::Dict(pairs(&items)?),
            _ => Node::Tuple(items),
        })
    }

    fn last(&mut self, count: usize) -> Result<Vec<Id>, PickleError> {
        let from = self.stack.len().checked_sub(count).filter(|from| *from >= self.floor());
        Ok(self
            .stack
            .split_off(from.ok_or(PickleError::Broken("a value is missing"))?))
    }

    /// Puts what lies on the stack into the container below it.
    fn put_in(&mut self, opcode: u8) -> Result<(), PickleError> {
        let more = match opcode {
            op::APPEND => self.last(1)?,
            op::SETITEM => self.last(2)?,
            _ => self.since_mark()?,
        };
        let container = self.top()?;
        match (opcode, self.node_mut(container)?) {
            (op::APPEND | op::APPENDS, Node::List(items)) => items.extend(more),
            (op::SETITEM | op::SETITEMS, Node::Dict(fields)) => fields.extend(pairs(&more)?),
            _ => return Err(PickleError::Broken("it puts something into what is no such container")),
        }
        Ok(())
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>, PickleError> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(PickleError::Broken("a key has no value"));
    }
    Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
}

/// Under which number something is remembered.
fn key(opcode: u8, argument: &[u8]) -> Result<u64, PickleError> {
    match opcode {
        op::GET | op::PUT => {
            let text = std::str::from_utf8(argument).ok();
            let number = text.and_then(|text| text.trim().parse::<u32>().ok());
            Ok(number.ok_or(PickleError::Broken("a reference is no number"))?.into())
        }
        _ => Ok(argument
            .iter()
            .rev()
            .fold(0, |number, byte| number * 256 + u64::from(*byte))),
    }
}
