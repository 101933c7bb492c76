//! Kills, crowds and full disks.
