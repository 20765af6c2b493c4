//! Names: none passes for another, and all that users say of themselves shows.

use reqwest::Method;
use serde_json::json;

use super::{PASSWORD, REGISTER, USERS, created, join, names, node, patch, post, register, slug};
use crate::support::Answer;

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_taken() {
    let node = node().await;
    for name in ["coco", "Ivan", "ТОМ", "山田太郎", "lll", "Müller"] {
        created(&register(&node, name).await);
    }
    // Cyrillic, in small and capital letters; Greek; and the other way around.
    for same in ["сосо", "СОСО", "ϲοϲο", "tom", "TOM", "ӏӏӏ"] {
        assert_eq!(slug(&register(&node, same).await, 409), "username-taken", "{same}");
    }
    for other in ["c0c0", "coco5", "Иван", "山本太郎", "Ill", "111", "Muller", "rn", "m"] {
        created(&register(&node, other).await);
    }
}

#[tokio::test]
async fn a_word_of_letters_that_are_not_written_together_is_no_name() {
    let node = node().await;
    for name in [
        "аdmin",
        "pаypаl",
        "раураl",
        "gοοgle",
        "Ada аdа",
        "adaս",
        "日本рус",
        "\u{301}",
        "\u{3164}",
        "a\u{3164}",
    ] {
        assert_eq!(register(&node, name).await.wrong_field(), "username", "{name}");
    }
    for name in [
        "Ivan Иван",
        "ヤマダTaro",
        "김철수",
        "山田 太郎",
        "Νίκος",
        "สมใจ",
        "अदा",
        "שרה",
        "سارة",
        "🦀 ada",
    ] {
        created(&register(&node, name).await);
    }
}

#[tokio::test]
async fn what_shows_nothing_is_no_text() {
    let node = node().await;
    let (ada, _) = join(&node, "ada").await;
    for nothing in [
        "\u{3164}",
        "\u{115f}",
        "\u{1160}\u{1160}",
        "\u{ffa0}",
        "\u{2800}",
        "\u{200b}\u{200d}",
        "\u{fe0f}",
        "\u{301}",
        "\u{e0061}\u{e0062}",
        "hi\u{e0068}\u{e0069}",
    ] {
        let body = json!({ "username": "bob", "password": PASSWORD, "display_name": nothing });
        assert_eq!(post(&node, REGISTER, body).await.wrong_field(), "display_name", "{nothing:?}");
        for field in ["display_name", "gender"] {
            assert_eq!(patch(&ada, json!({ field: nothing })).await.wrong_field(), field);
        }
        for field in ["text", "emoji"] {
            let request = ada.request(Method::PUT, "/api/user-status/me");
            let request = request.json(&json!({ field: nothing }));
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(answer.wrong_field(), field, "{nothing:?}");
        }
    }
    let wales = "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
    for shown in ["مینا\u{200c}خانم", "👩\u{200d}🚀", wales, "Ada\u{301}"] {
        assert_eq!(patch(&ada, json!({ "display_name": shown })).await.ok()["display_name"], shown);
        let said = ada.put("/api/user-status/me", json!({ "text": shown })).await.ok();
        assert_eq!(said["text"], shown);
    }
    assert_eq!(
        ada.put("/api/user-status/me", json!({ "emoji": wales })).await.ok()["emoji"],
        wales
    );
}

#[tokio::test]
async fn a_search_finds_the_beginnings_of_words_page_by_page_and_follows_who_is_renamed() {
    let node = node().await;
    let (ada, _) = join(&node, "ada").await;
    patch(&ada, json!({ "display_name": "Ada Lovelace" })).await.ok();
    for name in ["love.5", "Love 4", "glove", "love", "山田太郎"] {
        register(&node, name).await;
    }
    let found = async |query: &str| {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = ada.get(&format!("{USERS}?limit=2&q={query}&after={after}")).await.ok();
            found.extend(names(&page).into_iter().map(ToOwned::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            next.clone_into(&mut after);
        }
        found.sort();
        found
    };
    assert_eq!(found("LOVE").await, ["Love 4", "ada", "love", "love.5"]);
    assert_eq!(found("ada%20l").await, ["ada"]);
    assert_eq!(found("ve").await, [""; 0], "in the middle of a word");
    assert_eq!(
        found("太郎").await,
        ["山田太郎"],
        "where no spaces part them, any letter begins one"
    );
    let next = ada.get(&format!("{USERS}?limit=1&q=love")).await.ok()["next"].take();
    let next = next.as_str().unwrap();
    for other in [format!("limit=1&after={next}"), format!("q=glove&after={next}")] {
        assert_eq!(ada.get(&format!("{USERS}?{other}")).await.wrong_field(), "after", "{other}");
    }
    patch(&ada, json!({ "display_name": "Augusta King" })).await.ok();
    assert_eq!(found("lovel").await, [""; 0]);
    assert_eq!(found("king").await, ["ada"]);
    patch(&ada, json!({ "display_name": null })).await.ok();
    assert_eq!(found("king").await, [""; 0]);
}
