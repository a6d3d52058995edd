//! The verbs, one file a use case: authorise, read, judge, record, answer.
//!
//! Nothing here knows HTTP. Whatever is answered was recorded first; whatever is refused was too.

pub mod administration;
pub mod answer;
mod asking;
pub mod auditors;
mod canary;
mod citizens;
mod error;
mod log;
mod lookup;
pub mod month_keys;
mod office;
mod prefill;
mod register_feed;
mod sessions;
mod transparency;
mod verify;
mod within;

pub use crate::audit::{HeadState, LogState, Searchable};
pub use crate::keys::SessionId;
pub use asking::{Asking, TurnedAway};
pub use auditors::Auditors;
pub use canary::Canary;
pub use citizens::Citizens;
pub use error::{Error, Lack, RefusedItem};
pub use log::Log;
pub use lookup::LookupItem;
pub use office::{Activation, Changed, Office, record};
pub use register_feed::{Applied, RegisterFeed};
pub use sessions::Sessions;
pub use transparency::TransparencyLog;
pub use within::within;
