//! The shapes of secrets: what marks each, what it looks like, and what it is called.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Captures, Regex};

use super::name;

/// One shape of secret.
pub(super) struct Pattern {
    /// What a replacement calls it.
    pub(super) kind: &'static str,
    /// Texts of which every such secret contains one, whatever the case of its letters.
    pub(super) marks: &'static [&'static str],
    /// A byte without which there is no such secret; for marks that many innocent texts have.
    pub(super) needs: Option<u8>,
    /// The secret is the group `s`, `t` or `u`, or else everything.
    source: &'static str,
    judge: Judge,
    regex: OnceLock<Option<Regex>>,
}

/// The expression of a pattern.
pub(super) enum Search<'p> {
    Ready(&'p Regex),
    /// It does not compile. A test excludes that; if it happens, whatever the marks point to is a secret.
    Broken,
}

const GROUPS: [&str; 3] = ["s", "t", "u"];

/// What else has to hold for a match to be a secret.
#[derive(Clone, Copy)]
enum Judge {
    /// Nothing.
    Always,
    /// It looks random, as keys do and words do not.
    Random,
    /// The name in group `k` is a secret's, and it is not a mere reference to one.
    Name,
}

impl Pattern {
    /// The expression, compiled at the first use: a process meets few of them. Two threads may both compile it, but
    /// none waits for another, which after a fork might not exist.
    pub(super) fn search(&self) -> Search<'_> {
        if self.regex.get().is_none() {
            let _ = self.regex.set(Regex::new(self.source).ok());
        }
        match self.regex.get() {
            Some(Some(regex)) => Search::Ready(regex),
            _ => Search::Broken,
        }
    }

    /// Where in `found` the secret is and what to call it, if it is one.
    pub(super) fn judge(&self, found: &Captures<'_>) -> Option<(Range<usize>, &'static str)> {
        let secret = GROUPS.iter().find_map(|group| found.name(group)).or_else(|| found.get(0))?;
        let kind = match self.judge {
            Judge::Always => Some(self.kind),
            Judge::Random => looks_random(secret.as_str()).then_some(self.kind),
            Judge::Name => {
                let name = found.name("k")?.as_str();
                (name::is_secret(name) && !is_reference(secret.as_str())).then(|| name::kind(name))
            }
        };
        Some((secret.range(), kind?)).filter(|(range, _)| !range.is_empty())
    }
}

const fn pattern(kind: &'static str, marks: &'static [&'static str], source: &'static str) -> Pattern {
    Pattern { kind, marks, needs: None, source, judge: Judge::Always, regex: OnceLock::new() }
}

impl Pattern {
    const fn if_random(mut self) -> Pattern {
        self.judge = Judge::Random;
        self
    }

    const fn if_named(mut self) -> Pattern {
        self.judge = Judge::Name;
        self
    }

    const fn needs(mut self, byte: u8) -> Pattern {
        self.needs = Some(byte);
        self
    }
}

/// Digits among letters, capitals inside, or sheer length: no word of a language has that, and one scheme's name does.
fn looks_random(text: &str) -> bool {
    if text.eq_ignore_ascii_case("aws4-hmac-sha256") {
        return false;
    }
    let mut bytes = text.bytes();
    let has_letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let has_small = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let has_capitals_inside = bytes.next().is_some() && bytes.any(|byte| byte.is_ascii_uppercase());
    (has_letters && has_digits) || (has_small && has_capitals_inside) || text.len() >= 32
}

/// `$DB_PASSWORD`, `${x}`, `{{ x }}`, `<token>`, `os.environ[…]`, `str`: where a secret comes from, or its type.
fn is_reference(text: &str) -> bool {
    const STARTS: [&str; 9] =
        ["${", "$(", "{{", "os.environ", "os.getenv", "process.env", "getenv(", "env.", "secrets."];
    const WORDS: [&str; 9] = ["null", "none", "nil", "undefined", "true", "false", "str", "string", "optional"];
    let text = text.trim_end_matches([';', ',', ')', ':']);
    let is_variable = text.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    });
    let is_placeholder = text.starts_with('<') && text.ends_with('>');
    let is_masked = text.bytes().all(|byte| byte == b'*' || byte == b'.');
    is_variable
        || is_placeholder
        || is_masked
        || STARTS.iter().any(|start| text.starts_with(start))
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Every shape. What names its kind stands before what only sees an assignment or a header.
#[rustfmt::skip]
pub(super) static PATTERNS: [Pattern; 50] = [
    pattern("private-key", &["-----begin"],
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)"),
    pattern("age-key", &["age-secret-key-"], r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    pattern("aws-access-key", &["akia", "asia", "abia", "acca"], r"(?-u:\b)(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)"),
    pattern("gcp-api-key", &["aiza"], r"(?-u:\b)AIza[0-9A-Za-z_-]{30,}"),
    pattern("gcp-token", &["ya29."], r"(?-u:\b)ya29\.[0-9A-Za-z_-]{16,}"),
    pattern("gcp-client-secret", &["gocspx-"], r"(?-u:\b)GOCSPX-[0-9A-Za-z_-]{16,}"),
    pattern("azure-key", &["accountkey=", "sharedaccesskey=", "sharedsecret="],
        r"(?i)(?:AccountKey|SharedAccessKey|SharedSecret)=(?P<s>[A-Za-z0-9+/=%_-]{16,})"),
    pattern("azure-client-secret", &["8q~"], r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{20,}"),
    pattern("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"(?-u:\b)(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})"),
    pattern("gitlab-token", &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "gloas-", "glagent-"],
        r"(?-u:\b)(?:glpat|gldt|glrt|glcbt|glptt|glft|glsoat|gloas|glagent)-[A-Za-z0-9_.-]{16,}"),
    pattern("slack-token", &["xoxa-", "xoxb-", "xoxe-", "xoxe.", "xoxp-", "xoxr-", "xoxs-", "xoxc-", "xoxd-", "xapp-"],
        r"(?-u:\b)(?:xox[abceprsd][-.]|xapp-)[A-Za-z0-9%.-]{10,}"),
    pattern("slack-webhook", &["hooks.slack.com/"],
        r"(?i)hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[A-Za-z0-9_/+-]{16,})"),
    pattern("discord-webhook", &["/api/webhooks/"], r"/api/webhooks/[0-9]+/(?P<s>[A-Za-z0-9_-]{16,})"),
    pattern("stripe-key", &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"],
        r"(?-u:\b)(?:[sr]k_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{16,})"),
    pattern("anthropic-key", &["sk-ant-"], r"(?-u:\b)sk-ant-[A-Za-z0-9_-]{8,}"),
    pattern("openai-key", &["sk-"], r"(?-u:\b)sk-(?P<s>[A-Za-z0-9_-]{16,})").if_random(),
    pattern("huggingface-token", &["hf_"], r"(?-u:\b)hf_[A-Za-z0-9]{20,}"),
    pattern("groq-key", &["gsk_"], r"(?-u:\b)gsk_[A-Za-z0-9]{20,}"),
    pattern("xai-key", &["xai-"], r"(?-u:\b)xai-[A-Za-z0-9]{32,}"),
    pattern("replicate-token", &["r8_"], r"(?-u:\b)r8_[A-Za-z0-9]{30,}"),
    pattern("perplexity-key", &["pplx-"], r"(?-u:\b)pplx-[A-Za-z0-9]{30,}"),
    pattern("npm-token", &["npm_"], r"(?-u:\b)npm_[A-Za-z0-9]{30,}"),
    pattern("pypi-token", &["pypi-"], r"(?-u:\b)pypi-[A-Za-z0-9_-]{40,}"),
    pattern("sendgrid-key", &["sg."], r"(?-u:\b)SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    pattern("twilio-key", &["sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske", "skf"],
        r"(?-u:\b)SK[0-9a-f]{32}(?-u:\b)"),
    pattern("telegram-token", &[":aa"], r"(?-u:\b)[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}"),
    pattern("mailgun-key", &["key-"], r"(?-u:\b)key-[0-9a-f]{32}(?-u:\b)"),
    pattern("digitalocean-token", &["_v1_"], r"(?-u:\b)do[oprt]_v1_[a-f0-9]{40,}"),
    pattern("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_"], r"(?-u:\b)shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,}"),
    pattern("databricks-token", &["dapi"], r"(?-u:\b)dapi[a-f0-9]{32}"),
    pattern("linear-key", &["lin_api_"], r"(?-u:\b)lin_api_[A-Za-z0-9]{20,}"),
    pattern("notion-token", &["secret_", "ntn_"], r"(?-u:\b)(?:secret|ntn)_[A-Za-z0-9]{40,}"),
    pattern("vault-token", &["hvs.", "hvb.", "hvr."], r"(?-u:\b)hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    pattern("docker-token", &["dckr_"], r"(?-u:\b)dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}"),
    pattern("service-token",
        &["glsa_", "glc_", "pscale_", "sntrys_", "sntryu_", "nrak-", "atatt3", "pmak-", "sbp_", "sb_secret_", "dop_", "sq0", "fm2_", "tskey-", "dp.pt.", "dp.st."],
        r"(?-u:\b)(?:glsa_|glc_|pscale_(?:tkn|pw|oauth)_|sntry[su]_|NRAK-|ATATT3|PMAK-|sbp_|sb_secret_|dop_|sq0(?:atp|csp)-|fm2_|tskey-[a-z]+-|dp\.[ps]t\.)[A-Za-z0-9_=/+.-]{20,}"),
    pattern("jwt", &["eyj"], r"(?-u:\b)eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"),
    pattern("cookie", &["cookie"], r#"(?i)(?-u:\b)(?:set-)?cookie2?\\*["']?\s*:\s*\\*["']?(?P<s>[^"'\s\\][^"'\r\n\\]*)"#).needs(b'='),
    pattern("authorization", &["authorization"],
        r#"(?i)authorization\\*["']?\s*[:=]\s*\\*["']?(?:(?:digest|negotiate|ntlm|hmac|aws4-hmac-sha256|oauth)\s+(?P<s>[^\r\n]+)|(?:bearer|basic|token|apikey|bot)\s+(?P<t>[^\s"'\\]+))"#),
    pattern("authorization", &["authorization"],
        r#"(?i)authorization\\*["']?\s*[:=]\s*\\*["']?(?P<s>[^\s"'\\,;]{6,})"#).if_random(),
    pattern("authorization", &["bearer", "basic"], r"(?i)(?-u:\b)(?:bearer|basic)\s+(?P<s>[A-Za-z0-9._~+/=-]{6,})").if_random(),
    pattern("password", &["://"], r#"://[^\s/?@:"'<>\[]*:(?P<s>[^\s/?"'<>]+)@"#).needs(b'@'),
    pattern("userinfo", &["://"], r#"://(?P<s>[^\s/?@:"'<>\[]{20,})@"#).needs(b'@').if_random(),
    pattern("signature", &["sig=", "signature=", "x-amz-credential=", "x-goog-credential="],
        r#"(?i)[?&](?:sig|signature|x-amz-signature|x-goog-signature|x-amz-credential|x-goog-credential)=(?P<s>[^&#\s"']+)"#),
    pattern("api-key", &["?key=", "&key="], r#"(?i)[?&]key=(?P<s>[^&#\s"']{16,})"#).if_random(),
    pattern("password", &["mysql", "mariadb"],
        r#"(?-u:\b)(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)(?-u:\b)[^\n|;&]*?\s-p(?:"(?P<s>[^"\n]+)"|(?P<t>[^\s"'-][^\s"']*))"#),
    pattern("password", &["curl"],
        r#"(?-u:\b)curl(?-u:\b)[^\n|;]*?\s(?:-[a-zA-Z]*[uU]|--user|--proxy-user)[ =]*["']?[^\s:"'-][^\s:"']*:(?P<s>[^\s"'/][^\s"']*)"#),
    pattern("password", &["sshpass"], r#"(?-u:\b)sshpass\s+-p\s*["']?(?P<s>[^\s"']+)"#),
    pattern("password", &["redis-cli", "docker login", "podman login"],
        r#"(?:redis-cli(?-u:\b)[^\n|;&]*?\s-a|(?:docker|podman) login(?-u:\b)[^\n|;&]*?\s-p)[ =]+["']?(?P<s>[^\s"']+)"#),
    pattern("secret", ASSIGNED,
        r#"(?i)(?P<k>[a-z0-9_.-]*(?:pass|pwd|secret|token|key|cred|cvv|cvc|otp|ssn|pin)[a-z0-9_.-]*)\\*["']?\s*(?:=>|:=|={1,3}|:)\s*(?:[frb]?"(?P<s>(?:[^"\\]|\\[\s\S])*)"|[frb]?'(?P<t>(?:[^'\\]|\\[\s\S])*)'|\\*["']?(?P<u>[^\s"'&;\\]+))"#)
        .if_named(),
    pattern("secret", ASSIGNED,
        r#"(?i)(?:^|[\s"'`(])--?(?P<k>[a-z0-9_-]*(?:pass|pwd|secret|token|key|cred|otp|pin)[a-z0-9_-]*)\s+(?:"(?P<s>[^"]*)"|'(?P<t>[^']*)'|(?P<u>[^\s"'-][^\s"']*))"#)
        .if_named(),
];

/// Marks of names that secrets are assigned to. Names too short to be rare come with what follows them.
#[rustfmt::skip]
const ASSIGNED: &[&str] = &[
    "password", "passwd", "passphrase", "passcode", "pwd", "pass=", "pass:", "_pass", "-pass", "secret", "token", "api_key", "api-key",
    "apikey", "api.key", "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey", "_key", "-key",
    "credential", "creds", "cvv", "cvc", "ssn", "otp=", "otp:", "otp\"", "pin=", "pin:", "pin\"", "signingkey", "encryptionkey",
    "masterkey", "accountkey", "sessionkey",
];
