//! Faults on the wire: everybody who asks over a network, with a proxy before whom they ask that
//! does what networks and servers do on their bad days.
//!
//! Of each fault: which kind of error comes of it, in how much time, at the cost of how much
//! memory, that it shows no secret, and that the next call works when it is gone.

mod akeyless;
mod answers;
mod case;
mod connection;
mod fake;
mod idle;
mod inbound;
mod memory;
mod proxy;
mod redirects;
mod redis;
mod subjects;
mod trust;
mod wire;
