//! `GET /problems/…`: what the `type` of a problem leads to, a page for each kind.

use openapi::model::{PROBLEMS_PATH, ProblemKind};

use super::{ASK_EACH_TIME, File};
use crate::settings::BasePath;

/// A page for each kind; its title, its status and its advice have no characters of HTML.
pub(super) fn files(base: &BasePath) -> Vec<File> {
    let file = |kind: ProblemKind| {
        let (_, slug, _) = kind.parts();
        File {
            path: format!("{PROBLEMS_PATH}{slug}"),
            content_type: "text/html; charset=utf-8".to_owned(),
            headers: ASK_EACH_TIME,
            body: page(kind, base).into(),
            version: None,
        }
    };
    ProblemKind::ALL.into_iter().map(file).collect()
}

fn page(kind: ProblemKind, base: &BasePath) -> String {
    let (status, slug, title) = kind.parts();
    let advice = kind.advice();
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Lastseen</title>
<style>
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
.status, footer {{ opacity: .7 }}
</style>
</head>
<body>
<main>
<p class="status">{status} · <code>{slug}</code></p>
<h1>{title}</h1>
<p>{advice}</p>
</main>
<footer><a href="{base}/swagger-ui/">The API of this service</a></footer>
</body>
</html>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_page_of_its_own_and_none_needs_escaping() {
        let mut paths: Vec<_> = files(&BasePath::default()).into_iter().map(|it| it.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), ProblemKind::ALL.len());
        for kind in ProblemKind::ALL {
            let (_, slug, title) = kind.parts();
            let text = [slug, title, kind.advice()].concat();
            assert!(!text.contains(['<', '>', '&', '"']), "{text}");
        }
    }
}
