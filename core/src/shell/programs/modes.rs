//! Reads access modes as `chmod` takes them.

/// Whether a mode makes a program run as its owner or group, or lets everybody write.
pub(super) fn gives_rights(mode: &str) -> bool {
    is_broad_number(mode) || mode.split(',').any(clause_gives_rights)
}

/// One clause of a symbolic mode: whom it concerns, then operators with what they give or take.
fn clause_gives_rights(clause: &str) -> bool {
    let Some(at) = clause.find(['+', '-', '=']) else { return false };
    let (who, actions) = clause.split_at_checked(at).unwrap_or_default();
    if is_broad_number(actions.trim_start_matches(['+', '='])) {
        return true;
    }
    let everybody = who.contains(['o', 'a']);
    let mut gives = false;
    actions.chars().any(|c| {
        match c {
            '+' | '=' => gives = true,
            '-' => gives = false,
            // What the owner or the group may do is not known.
            's' => return gives,
            'w' | 'u' | 'g' => return gives && everybody,
            _ => {}
        }
        false
    })
}

fn is_broad_number(text: &str) -> bool {
    u32::from_str_radix(text, 8).is_ok_and(|bits| !text.starts_with('+') && bits & 0o6002 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_seen_in_numbers_and_letters() {
        for mode in [
            "777", "666", "4755", "2755", "1777", "002", "u+s", "g=xs", "a+rwx", "o=rw", "u=rw,o+w", "o=u", "+4000",
            "ug+s", "-x+s", "a-x+w",
        ] {
            assert!(gives_rights(mode), "{mode}");
        }
        for mode in [
            "",
            "644",
            "755",
            "400",
            "+x",
            "u+x",
            "+w",
            "go-w",
            "o-rwx",
            "u-s",
            "u=rwx,go=rx",
            "ug+w",
            "a+rX",
            "a-w",
            "x",
            "-4000",
            "o=x-w",
        ] {
            assert!(!gives_rights(mode), "{mode}");
        }
    }
}
