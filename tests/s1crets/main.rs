//! What s1crets 0.0.12 does, recorded case by case, and what ours does instead.
//!
//! Each case says `keep` or `diverge`. What is to be kept is compared with the record, the calls to
//! AWS too; for the rest `better` has the outcome that ours has. Every case is driven through the
//! facade, on a LocalStack, and no case is passed over.

mod better;
mod case;
mod drive;
mod http;
mod keep;
mod live;
mod outcome;
mod world;
