//! JSON written in one piece.

use zeroize::Zeroizing;

/// JSON text under way. It is wiped, and so is what it leaves behind where it has to grow.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    /// What is JSON, or a part of it, as it is.
    pub(crate) fn raw(&mut self, json: &str) -> &mut Self {
        self.reserve(json.len());
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    /// The JSON string that stands for a text.
    pub(crate) fn quoted(&mut self, text: &str) -> &mut Self {
        // No character takes more than `\u00xx` for each of its bytes.
        self.reserve(6 * text.len() + 2);
        // To memory, which cannot fail.
        let _ = serde_json::to_writer(&mut *self.0, text);
        self
    }

    /// Things with commas between them.
    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self
    }

    pub(crate) fn finish(&mut self) -> Zeroizing<String> {
        Zeroizing::new(String::from_utf8(std::mem::take(&mut *self.0)).unwrap_or_default())
    }

    fn reserve(&mut self, more: usize) {
        let (length, capacity) = (self.0.len(), self.0.capacity());
        if capacity - length < more {
            let mut larger = Vec::with_capacity((2 * capacity).max(length + more));
            larger.extend_from_slice(&self.0);
            // The old one is wiped as it drops.
            self.0 = Zeroizing::new(larger);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_and_escapes() {
        let mut json = Writer::with_capacity(0);
        json.raw("[")
            .list(["a\"b", "\u{1}\u{e9}"], |json, text| {
                json.quoted(text);
            })
            .raw("]");
        assert_eq!(&**json.finish(), "[\"a\\\"b\",\"\\u0001\u{e9}\"]");
    }
}
