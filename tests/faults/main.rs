//! Faults on the wire: everybody who asks over a network, with a proxy before whom they ask that
//! does what networks and servers do on their bad days.

mod akeyless;
mod case;
mod connection;
mod proxy;
mod subjects;
mod wire;
