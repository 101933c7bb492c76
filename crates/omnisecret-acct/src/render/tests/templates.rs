//! Templates beside Jinja, and hostile ones.

use super::*;

/// What Jinja 3.1.6 makes of them, in acct's own environment.
#[test]
fn a_template_is_what_jinja_makes_of_it_or_refused() {
    for (template, expected) in [
        ("{{ 'abc'.upper() }}", Some("ABC")),
        ("{{ 'a,b'.split(',') }}", Some("['a', 'b']")),
        ("{{ ' a  b '.split() }}", Some("['a', 'b']")),
        ("{{ 'abc'.replace('a', 'b') }}", Some("bbc")),
        ("{{ ','.join(['a', 'b']) }}", Some("a,b")),
        ("{{ {'b': 1, 'a': 2}.get('c') }}", Some("None")),
        ("{{ {'b': 1, 'a': 2} }}", Some("{'b': 1, 'a': 2}")),
        (
            "{% for k, v in {'b': 1, 'a': 2}.items() %}{{ k }}={{ v }};{% endfor %}",
            Some("b=1;a=2;"),
        ),
        ("{% for k in {'b': 1, 'a': 2} %}{{ k }}{% endfor %}", Some("ba")),
        ("{% for i in range(3) %}{{ loop.previtem|default('-') }}{% endfor %}", Some("-01")),
        ("{% set j = joiner(', ') %}{% for i in 'ab' %}{{ j() }}{{ i }}{% endfor %}", Some("a, b")),
        (
            "{{ 1e16 }} {{ 1e-7 }} {{ 0.1 + 0.2 }} {{ 7 / 2 }}",
            Some("1e+16 1e-07 0.30000000000000004 3.5"),
        ),
        (
            "{{ 1e400 }} {{ 'nan'|float }} {{ 1.0 }} {{ 2 ** 100 }}",
            Some("inf nan 1.0 1267650600228229401496703205376"),
        ),
        (
            "{{ {'b': [1, none], 'a': '<é🔑>'}|tojson }}",
            Some(r#"{"a": "\u003c\u00e9\ud83d\udd11\u003e", "b": [1, null]}"#),
        ),
        ("{{ [1, {'a': 1e20}]|tojson(indent=2) }}", Some("[\n  1,\n  {\n    \"a\": 1e+20\n  }\n]")),
        ("{{ \"it's &\"|tojson(2) }}", Some(r#""it\u0027s \u0026""#)),
        ("{{ {1: 2, 'a': 1}|tojson }}", None),
        ("{{ 'a/b c~_.-?&é'|urlencode }}", Some("a/b%20c~_.-%3F%26%C3%A9")),
        ("{{ none|b64encode }}{{ 'é'|b64encode|b64decode }}", Some("é")),
        ("{{ params }}{{ params.x is defined }}", Some("{}False")),
        ("{{ params.x }}", None),
        ("{{ nothing }}", None),
        ("{{ nothing|tojson }}", None),
        // What Jinja has, and we do not.
        ("{{ {'a': 1}|pprint }}", None),
        ("{{ {'a': 1}|urlencode }}", None),
        ("{{ [1].append(2) }}", None),
        ("{{ '{}'.format(1) }}", None),
        ("{{ '%s' % 1 }}", None),
        ("{% include 'x' %}", None),
        ("{{ hub }}", None),
    ] {
        let rendered = jinja::render(template);
        assert_eq!(rendered.ok().as_deref().map(String::as_str), expected, "{template}");
    }
}

#[test]
fn a_hostile_template_is_refused_in_no_time() {
    let start = std::time::Instant::now();
    let nested = |levels| format!("{{% set x = [] %}}{}", "{% set x = [x] %}".repeat(levels));
    assert!(jinja::render(&format!("{}{{{{ x }}}}", nested(100_000))).is_ok());
    for template in [
        &*format!("{}{{{{ x|tojson }}}}", nested(1000)),
        &nested(200_000),
        "{% set all = namespace(x=[]) %}{% set all.x = [all] %}{{ all }}",
        &format!("{{{{ {}{} }}}}", "[".repeat(100_000), "]".repeat(100_000)),
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ '{:1000000000d}'.format(1) }}",
        "{{ [1]|tojson(1000000000) }}",
        "{{ 9 ** 9 ** 9 }}",
    ] {
        let rendered = jinja::render(template);
        let error = rendered.err().unwrap_or_else(|| panic!("{:.40} is rendered", template));
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
