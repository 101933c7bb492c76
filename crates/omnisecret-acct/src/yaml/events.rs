//! libyaml's events, from a port of it that panics now and then.

use libyaml_safer::{Encoding, Event, EventData, Parser, ScalarStyle};
use omnisecret_core::Result;
use zeroize::Zeroizing;

use super::{Place, faulty, quietly};

/// The events of a text, one after the other.
pub(super) struct Events<'a> {
    parser: Parser<&'a [u8]>,
    /// Where a line end ends that was put behind the text and is no part of it.
    end: Option<u64>,
}

/// Hands the events to `work`, and once more from the start if the parser panics.
///
/// It does so where a block scalar, or a backslash in quotes, is the end of a text without a line
/// end. The second time the text has one, which is taken out of the scalar again.
///
/// # Errors
/// What `work` answers; [`ErrorKind::InvalidValue`](omnisecret_core::ErrorKind) where the parser
/// panics all the same, which is on documents that no acct reads either.
pub(super) fn with_events<T>(text: &str, work: impl Fn(&mut Events<'_>) -> Result<T>) -> Result<T> {
    let run = |text: &str, end| {
        quietly(|| {
            let mut parser = Parser::new();
            parser.set_input(text.as_bytes());
            parser.set_encoding(Encoding::Utf8);
            work(&mut Events { parser, end })
        })
    };
    if let Some(answer) = run(text, None) {
        return answer;
    }
    let ended = Zeroizing::new(format!("{text}\n"));
    run(&ended, Some(ended.len() as u64))
        .unwrap_or_else(|| Err(faulty("the parser has given up on it")))
}

impl Events<'_> {
    pub(super) fn next(&mut self) -> Result<Event> {
        let mut event = self.parser.parse().map_err(|error| match error.problem_mark() {
            Some(mark) => Place::from(mark).fault(error.problem()),
            None => faulty(error.problem()),
        })?;
        if self.end == Some(event.end_mark.index)
            && let EventData::Scalar { value, style, .. } = &mut event.data
            && matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
        {
            // None where `|-` has cut it off.
            if value.ends_with('\n') {
                value.pop();
            }
        }
        Ok(event)
    }
}
