//! Toolgate decides whether an AI agent's tool call may run.
//!
//! A *tool call* is mapped to a canonical *action*; the *policy* is evaluated for it; the *decision* is recorded and
//! returned. Nothing runs without one.

pub mod action;
pub mod approval;
pub mod audit;
pub mod budget;
pub mod call;
pub mod canonical;
pub mod clock;
pub mod code;
pub mod decision;
pub mod error;
pub mod evaluate;
pub mod facts;
pub mod fork;
pub mod gate;
pub mod limits;
pub mod mapper;
pub mod money;
pub mod net;
mod packed;
pub mod path;
pub mod pattern;
pub mod policy;
pub mod principal;
pub mod redact;
pub mod registry;
pub mod shape;
pub mod shell;
pub mod sql;
pub mod store;
pub mod switch;
pub mod value;
pub mod wire;
pub mod yaml;

pub use action::{Action, Category, Confidence, Flag, Target};
pub use call::{CallContext, Session, ToolCall};
pub use clock::{Clock, FixedClock, SettableClock, SystemClock, Timestamp};
pub use decision::{Approval, ApprovalTerms, Decision, Obligation, Risk, Verdict};
pub use error::{CallError, Code, PolicyError, Problem};
pub use evaluate::Explanation;
pub use facts::Facts;
pub use gate::{AuditTarget, Gate, GateBuilder, RecordError, RunError, StoreOpener, StorePlace};
pub use net::{NoResolver, Resolver, StaticResolver, SystemResolver};
pub use policy::Policy;
pub use principal::Principal;
pub use value::{Map, Value};
