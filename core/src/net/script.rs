//! Tells when a host name could be taken for another by its looks.
//!
//! International names are fine. What is noted is a label that mixes scripts which no language mixes, and a label whose
//! every letter looks like an ASCII one: `аррӏе.com` in Cyrillic. Sources: Unicode Technical Standard 39 for the mixes
//! that are usual, and its table of look-alikes for the letters below.

use unicode_script::{Script, ScriptExtension};

/// How the looks of a host name may mislead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// A label mixes scripts that no language mixes.
    pub(super) mixed: bool,
    /// A label looks like an ASCII one.
    pub(super) homograph: bool,
}

/// How `host`, in normal form, may mislead. A host in plain ASCII costs one search.
pub(super) fn looks(host: &str) -> Looks {
    if !host.contains("xn--") {
        return Looks::default();
    }
    let shown = url::quirks::domain_to_unicode(host);
    let mut labels = shown.split('.');
    // Under a top-level domain of its own script a word is a word: `оса.рф` is a wasp.
    let is_at_home = shown.rsplit('.').next().is_some_and(|top| !top.is_ascii());
    Looks {
        mixed: labels.clone().any(is_mixed),
        homograph: !is_at_home && labels.any(|label| !label.is_ascii() && label.chars().all(looks_ascii)),
    }
}

/// Scripts that are written together, with Latin among them: Japanese, Chinese, Korean.
const FAMILIES: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

fn is_mixed(label: &str) -> bool {
    if label.is_ascii() {
        return false;
    }
    let scripts = || label.chars().map(ScriptExtension::from);
    let mut shared = ScriptExtension::default();
    scripts().for_each(|one| shared.intersect_with(one));
    let fits = |family: &[Script]| scripts().all(|one| family.iter().any(|script| one.contains_script(*script)));
    shared.is_empty() && !FAMILIES.iter().any(|family| fits(family))
}

/// Whether `c` is, or could be taken for, a letter or digit of ASCII.
fn looks_ascii(c: char) -> bool {
    c.is_ascii() || LOOK_ALIKES.contains(c)
}

/// Letters of other alphabets, and rare Latin ones, that could be taken for ASCII. Latin letters that a language of
/// today is written with are not here, so that no Danish, Turkish or Icelandic name is suspected.
const LOOK_ALIKES: &str = concat!(
    "абвгеһіјкӏмнорсѕтухԁԛԝѵьзүҽ",    // Cyrillic
    "αβγικνορστυχωϲϳ",                // Greek
    "աօսոհզցյգղքռ",                   // Armenian
    "ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏮᏳᏴ", // Cherokee
    "ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ",      // Lisu
    "ⲁⲃⲅⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭ",                // Coptic
    "ɑɡɢɩɪʙʀʏʜʟᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱ",      // phonetic Latin
);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str) -> (bool, bool) {
        let looks = looks(&url::quirks::domain_to_ascii(host));
        (looks.mixed, looks.homograph)
    }

    #[test]
    fn names_of_one_language_are_fine() {
        for host in [
            "example.org",
            "münchen.de",
            "søren.dk",
            "læs.dk",
            "kapı.com.tr",
            "łódź.pl",
            "þór.is",
            "例え.jp",
            "東京タワー.jp",
            "ひらがなカタカナ漢字abc.jp",
            "한국어abc.kr",
            "пример.рф",
            "пример.com",
            "оса.рф",
            "ελλάδα.gr",
            "παράδειγμα.δοκιμή",
            "مثال.إختبار",
            "दिल्ली.भारत",
            "ไทย.com",
            "xn--zzzzzz-not-punycode.com",
        ] {
            assert_eq!(of(host), (false, false), "{host}");
        }
    }

    #[test]
    fn mixed_scripts_are_noted() {
        for host in
            ["pаypal.com", "gοοgle.com", "aпример.рф", "www.ехample.com", "aᎠb.com", "exampleไทย.com", "例пр.jp"]
        {
            assert!(of(host).0, "{host}");
        }
    }

    #[test]
    fn names_that_look_like_ascii_are_noted() {
        for host in ["аррӏе.com", "www.раураӏ.com", "ԁеѕк.org", "ᎪᏢᏢᏞᎬ.com", "ɑpple.com", "ցօօցӏе.com", "οσο.com"]
        {
            assert!(of(host).1, "{host}");
        }
    }
}
