//! Two chains of HMAC-SHA1 side by side, on the SHA extensions of x86.

use std::arch::asm;
#[cfg(target_arch = "x86")]
use std::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::BYTES;

const LANES: usize = 2;
const DIGEST_WORDS: usize = 5;
const BLOCK_BYTES: usize = 64;

type Words = [[u32; DIGEST_WORDS]; LANES];

/// False, and nothing done, where the processor does not have what this takes.
pub(crate) fn derive(password: &[u8], salt: &[u8], rounds: u32, output: &mut [u8; BYTES]) -> bool {
    let can = is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("sse2")
        && is_x86_feature_detected!("sse4.1");
    if !can {
        return false;
    }
    let key = padded(password);
    let mut words = Zeroizing::new(first_round(&key, salt));
    #[allow(unsafe_code, reason = "a call that needs the processor features checked above")]
    // SAFETY: `rounds_after_first` is safe but for the features that it is compiled for, and the
    // processor has been asked for each of them.
    unsafe {
        rounds_after_first(&key, rounds, &mut words);
    }
    let words = words.as_flattened().iter();
    for (bytes, word) in output.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    true
}

/// The password as a block, hashed first where it is longer than one.
fn padded(password: &[u8]) -> Zeroizing<[u8; BLOCK_BYTES]> {
    let mut block = Zeroizing::new([0; BLOCK_BYTES]);
    if password.len() <= BLOCK_BYTES {
        block[..password.len()].copy_from_slice(password);
    } else {
        block[..20].copy_from_slice(&Sha1::digest(password));
    }
    block
}

/// HMAC of the salt and the number of the block, which has any length and is done once.
fn first_round(key: &[u8; BLOCK_BYTES], salt: &[u8]) -> Words {
    let mut words = Words::default();
    for (number, words) in (1_u32..).zip(&mut words) {
        let mut mac = Hmac::<Sha1>::new(key.into());
        mac.update(salt);
        mac.update(&number.to_be_bytes());
        let digest = Zeroizing::new(<[u8; 20]>::from(mac.finalize().into_bytes()));
        for (word, bytes) in words.iter_mut().zip(digest.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }
    words
}

/// A state of SHA-1 as the instructions take it: a, b, c and d from the highest word down, and e
/// in the highest word of a vector of its own.
#[derive(Clone, Copy)]
struct State {
    abcd: __m128i,
    e: __m128i,
}

/// Each further round is the HMAC of the one before, and all are combined by exclusive or.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn rounds_after_first(key: &[u8; BLOCK_BYTES], rounds: u32, words: &mut Words) {
    let [inner, outer] = [0x36, 0x5c].map(|pad| state_of_key(key, pad));
    let mut last = words.map(|words| to_state(&words));
    let mut sum = last;
    for _ in 1..rounds {
        last = compress([inner; LANES], last.map(|state| block_of(state)));
        last = compress([outer; LANES], last.map(|state| block_of(state)));
        for (sum, last) in sum.iter_mut().zip(last) {
            sum.abcd = _mm_xor_si128(sum.abcd, last.abcd);
            sum.e = _mm_xor_si128(sum.e, last.e);
        }
    }
    *words = sum.map(|state| to_words(state));
}

/// What is left of HMAC once the key has gone in.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn state_of_key(key: &[u8; BLOCK_BYTES], pad: u8) -> State {
    let start = to_state(&[0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]);
    let word = |at: usize| {
        let bytes = [key[at * 4], key[at * 4 + 1], key[at * 4 + 2], key[at * 4 + 3]];
        u32::from_be_bytes(bytes.map(|byte| byte ^ pad))
    };
    let quad = |at: usize| vector([word(at), word(at + 1), word(at + 2), word(at + 3)]);
    let block = [quad(0), quad(4), quad(8), quad(12)];
    compress([start; LANES], [block; LANES])[0]
}

/// A digest as a message of its own: padded, behind the block of the key.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn block_of(state: State) -> [__m128i; 4] {
    // The e of a finished state has zeros below, where the end of the message goes.
    let end = vector([0, 0x8000_0000, 0, 0]);
    let bits = (BLOCK_BYTES as u32 + 20) * 8;
    [state.abcd, _mm_or_si128(state.e, end), _mm_setzero_si128(), vector([0, 0, 0, bits])]
}

/// One block into each of the states. Every step is done for one lane and then for the other, so
/// that the processor has the second to work at while it waits for the first.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn compress(start: [State; LANES], message: [[__m128i; 4]; LANES]) -> [State; LANES] {
    let mut state = start;
    // The last 32 words of the schedule.
    let mut words = message.map(|[a, b, c, d]| [a, b, c, d, a, b, c, d]);
    // Four steps of the 80, with the function and the constant of their quarter.
    macro_rules! four_steps {
        ($quarter:literal, $($at:literal)*) => {$(
            for (state, words) in state.iter_mut().zip(&mut words) {
                if $at >= 4 {
                    words[$at % 8] = scheduled::<$at>(words);
                }
                let words = words[$at % 8];
                // From here on `e` is the a of four steps ago, not yet rotated.
                let e = if $at == 0 {
                    _mm_add_epi32(state.e, words)
                } else {
                    _mm_sha1nexte_epu32(state.e, words)
                };
                state.e = state.abcd;
                state.abcd = _mm_sha1rnds4_epu32::<$quarter>(state.abcd, e);
            }
            meet(&mut state);
        )*};
    }
    four_steps!(0, 0 1 2 3 4);
    four_steps!(1, 5 6 7 8 9);
    four_steps!(2, 10 11 12 13 14);
    four_steps!(3, 15 16 17 18 19);
    for (state, start) in state.iter_mut().zip(start) {
        state.e = _mm_sha1nexte_epu32(state.e, start.e);
        state.abcd = _mm_add_epi32(state.abcd, start.abcd);
    }
    state
}

/// The next four words of the schedule, from the 32 before them.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn scheduled<const AT: usize>(words: &[__m128i; 8]) -> __m128i {
    let before = |fours: usize| words[(AT + 8 - fours) % 8];
    if AT < 8 {
        let mixed = _mm_xor_si128(_mm_sha1msg1_epu32(before(4), before(3)), before(2));
        return _mm_sha1msg2_epu32(mixed, before(1));
    }
    // w[t] = (w[t-6] ^ w[t-16] ^ w[t-28] ^ w[t-32]) rotated by 2 is the same, for the standard's own
    // rule put in twice. It takes more instructions, and of a kind that other units than the one
    // for SHA have time for.
    let [one, two] = [before(1), before(2)].map(|words| _mm_castsi128_pd(words));
    let six_ago = _mm_castpd_si128(_mm_shuffle_pd::<0b01>(one, two));
    let mixed =
        _mm_xor_si128(_mm_xor_si128(six_ago, before(4)), _mm_xor_si128(before(7), before(8)));
    _mm_or_si128(_mm_slli_epi32::<2>(mixed), _mm_srli_epi32::<30>(mixed))
}

/// No instruction, at a point that both lanes come to before either goes on: the compiler puts the
/// whole of one behind the whole of the other otherwise, to spare registers, and the processor does
/// not look far enough ahead to see that it could work at both.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn meet([one, other]: &mut [State; LANES]) {
    #[allow(unsafe_code, reason = "a point that the compiler does not move steps across")]
    // SAFETY: a comment, which touches neither memory nor stack nor flags, and leaves its two
    // registers as they are.
    unsafe {
        asm!(
            "/* {} {} */",
            inout(xmm_reg) one.abcd,
            inout(xmm_reg) other.abcd,
            options(nomem, nostack, preserves_flags),
        );
    }
}

#[target_feature(enable = "sha,sse2,sse4.1")]
fn to_state(words: &[u32; DIGEST_WORDS]) -> State {
    let [a, b, c, d, e] = *words;
    State { abcd: vector([a, b, c, d]), e: vector([e, 0, 0, 0]) }
}

#[target_feature(enable = "sha,sse2,sse4.1")]
fn to_words(state: State) -> [u32; DIGEST_WORDS] {
    let State { abcd, e } = state;
    [
        _mm_extract_epi32::<3>(abcd),
        _mm_extract_epi32::<2>(abcd),
        _mm_extract_epi32::<1>(abcd),
        _mm_extract_epi32::<0>(abcd),
        _mm_extract_epi32::<3>(e),
    ]
    .map(i32::cast_unsigned)
}

/// Four words, the first in the highest place.
#[target_feature(enable = "sha,sse2,sse4.1")]
fn vector(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(a, b, c, d)
}
