//! Everything that the program prints: answers to standard output, the rest to standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, UnknownArgument};
use clap::error::{ContextKind, ContextValue};
use comfy_table::{Table, presets};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};

use crate::args::{Args, Color, Format, Target};
use crate::exit;

/// How a killed writer of a closed pipe is reported by shells: 128 and SIGPIPE.
const CLOSED_PIPE: i32 = 141;

pub(crate) struct Output {
    format: Format,
    color: ColorChoice,
    is_verbose: bool,
}

impl Output {
    pub(crate) fn new(args: &Args) -> Self {
        let color = match args.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { format: args.format, color, is_verbose: args.verbose }
    }

    /// For a command line that has no say in it.
    #[cfg(feature = "securestore")]
    pub(crate) fn plain() -> Self {
        Self { format: Format::Text, color: ColorChoice::Auto, is_verbose: false }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// A value: exactly as it is to a pipe or a file, with a line end to a terminal.
    pub(crate) fn value(&self, value: &SecretValue, force: bool) -> Result<()> {
        let mut stdout = io::stdout();
        if !stdout.is_terminal() {
            return write(value.expose_bytes());
        }
        if value.expose_str().is_ok_and(is_harmless) {
            write(value.expose_bytes())?;
            return write(b"\n");
        }
        if force {
            return written(stdout.write_all(value.expose_bytes()));
        }
        Err(Error::new(ErrorKind::InvalidValue, "the value is binary, and this is a terminal")
            .with_action("send it to a file with --output, or print it all the same with --force"))
    }

    /// Lines of secrets, to where the arguments say.
    pub(crate) fn lines_to(&self, text: &str, target: &Target) -> Result<()> {
        match &target.output {
            Some(path) => file::create_private(path, text.as_bytes()),
            None => self.lines(text, target.force),
        }
    }

    /// Lines of secrets: exactly as they are, and at a terminal only where nothing in them acts on
    /// it.
    pub(crate) fn lines(&self, text: &str, force: bool) -> Result<()> {
        if force || !io::stdout().is_terminal() || is_harmless(text) {
            return write(text.as_bytes());
        }
        let message = "a value has control characters, and this is a terminal";
        Err(Error::new(ErrorKind::InvalidValue, message)
            .with_action("send it to a file with --output, or print it all the same with --force"))
    }

    /// A JSON document and a line end.
    pub(crate) fn json(&self, value: &serde_json::Value) -> Result<()> {
        let text = serde_json::to_string(value)
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the answer is not JSON"))?;
        write(without_controls(&text).as_bytes())?;
        write(b"\n")
    }

    /// Names, one a line, escaped so that none can pass for two or move a terminal's cursor.
    pub(crate) fn names<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<()> {
        // A piece at a time, so that many names need no more memory than some.
        const PIECE: usize = 32 << 10;
        let mut lines = String::with_capacity(PIECE);
        for name in names {
            lines.push_str(&escaped(name));
            lines.push('\n');
            if lines.len() > PIECE / 2 {
                write(lines.as_bytes())?;
                lines.clear();
            }
        }
        write(lines.as_bytes())
    }

    /// Names, exact, each with a NUL byte behind it.
    pub(crate) fn names_exactly<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<()> {
        let all: String = names.map(|name| format!("{name}\0")).collect();
        write(all.as_bytes())
    }

    pub(crate) fn table(&self, header: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(header.to_vec());
        for row in rows {
            table.add_row(row);
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let lines: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        write(lines.as_bytes())
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        write(bytes)
    }

    /// A remark for those who asked for remarks.
    pub(crate) fn remark(&self, text: &str) {
        if self.is_verbose {
            complain(text);
        }
    }

    /// Says on one line what went wrong and what to do.
    pub(crate) fn fail(&self, error: &Error) -> ExitCode {
        self.error_line(&one_line(&format!("{error}; {}", error.action())));
        ExitCode::from(exit::code(error.kind()))
    }

    /// All of them, or a line for each that failed, and the exit code of the first.
    pub(crate) fn all<T>(
        &self,
        results: impl IntoIterator<Item = (String, Result<T>)>,
    ) -> Result<Vec<(String, T)>, ExitCode> {
        let (mut all, mut code) = (Vec::new(), None);
        for (name, result) in results {
            match result {
                Ok(it) => all.push((name, it)),
                Err(error) => {
                    let told = one_line(&format!("{error}; {}", error.action()));
                    self.error_line(&format!("{}: {told}", escaped(&name)));
                    code.get_or_insert(ExitCode::from(exit::code(error.kind())));
                }
            }
        }
        code.map_or(Ok(all), Err)
    }

    fn error_line(&self, text: &str) {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let mut stderr = AutoStream::new(io::stderr(), self.color);
        // Where standard error is closed there is nobody to tell.
        drop(writeln!(stderr, "{red}omnisecret:{red:#} {text}"));
    }
}

/// A line on standard error.
pub(crate) fn complain(text: &str) {
    drop(writeln!(io::stderr(), "omnisecret: {}", one_line(text)));
}

/// Answers a command line that cannot be run: help where that was asked for, else one line as for
/// every other error.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    let is_wanted = !error.use_stderr();
    if is_wanted || error.kind() == DisplayHelpOnMissingArgumentOrSubcommand {
        drop(error.print());
        return if is_wanted { ExitCode::SUCCESS } else { exit::USAGE.into() };
    }
    complain(&format!("{}; see omnisecret --help", usage_error(error)));
    ExitCode::from(exit::USAGE)
}

fn usage_error(error: &clap::Error) -> String {
    // It may be a secret that somebody typed where none belongs.
    if error.kind() == UnknownArgument
        && let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && !argument.starts_with('-')
    {
        return "there is an argument too many".to_owned();
    }
    // What clap says, less the usage and the way to the help behind it.
    let text = error.render().to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text.split("\n\nFor more information").next().unwrap_or_default();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let paragraphs = text.split("\n\n").map(|paragraph| {
        paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
    });
    paragraphs.collect::<Vec<_>>().join("; ")
}

/// Whether a terminal shows the text and does nothing else.
pub(crate) fn is_harmless(text: &str) -> bool {
    !text.chars().any(|char| char.is_control() && char != '\t' && char != '\n')
}

/// Text of ours that may have names of other people's in it: escaped as names are, except that
/// quotes and backslashes stay, because those who wrote it have escaped the rest already.
pub(crate) fn one_line(text: &str) -> String {
    text.split_inclusive(['"', '\\'])
        .map(|part| {
            let (body, end) = match part.strip_suffix(['"', '\\']) {
                Some(body) => (body, &part[body.len()..]),
                None => (part, ""),
            };
            format!("{}{end}", escaped(body))
        })
        .collect()
}

/// The same JSON with the control characters escaped that JSON lets stand: a terminal obeys them.
fn without_controls(json: &str) -> Cow<'_, str> {
    let is_control = |char: char| matches!(char, '\u{7f}'..='\u{9f}');
    if !json.contains(is_control) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for char in json.chars() {
        if is_control(char) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(char)));
        } else {
            escaped.push(char);
        }
    }
    Cow::Owned(escaped)
}

/// As Rust's `{:?}` escapes it, without the quotes.
pub(crate) fn escaped(name: &str) -> Cow<'_, str> {
    let is_plain = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let quoted = format!("{name:?}");
    Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
}

fn write(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Ok(()) => Ok(()),
        // Whoever was reading has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(CLOSED_PIPE),
        Err(error) => {
            let message = format!("standard output cannot be written: {}", error.kind());
            Err(Error::new(ErrorKind::Unavailable, message).with_action("free some space"))
        }
    }
}
