//! Nonsense for what clients send: bodies, cursors, page tokens. Each is read, or refused as a 400 that
//! names the field.

use std::fmt::Debug;

use actix_web::ResponseError;
use openapi::model::{
    BatchRequest, HeartbeatRequest, LoginRequest, MarkOfflineRequest, OwnStatusRequest,
    ProfileRequest, RegisterRequest,
};
use presence::{GivenCursor, UserIdKind};
use proptest::{prelude::*, test_runner::TestCaseResult};
use serde::de::DeserializeOwned;

use super::{
    error::ApiError,
    input,
    page::{List, Page},
    query::Poll,
};
use crate::fuzz::{for_a_while, json};

const CURSOR: &str = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc";

/// That a refusal is a 400 and names a field.
fn is_named<T: Debug>(result: Result<T, ApiError>) -> TestCaseResult {
    if let Err(error) = result {
        prop_assert_eq!(error.status_code(), 400);
        let ApiError::Invalid(fields) = &error else { panic!("{error:?}") };
        prop_assert!(
            fields.iter().all(|field| !field.field.is_empty() && !field.detail.is_empty())
        );
        prop_assert!(!error.cause().contains('\n'), "one line of the log");
    }
    Ok(())
}

fn every_body(body: &[u8]) -> TestCaseResult {
    fn one<T: DeserializeOwned>(body: &[u8]) -> TestCaseResult {
        is_named(input::parse::<T>(body).map(drop))
    }
    one::<MarkOfflineRequest>(body)?;
    one::<OwnStatusRequest>(body)?;
    one::<BatchRequest>(body)?;
    one::<LoginRequest>(body)?;
    one::<RegisterRequest>(body)?;
    one::<ProfileRequest>(body)?;
    one::<HeartbeatRequest>(body)?;
    if let Ok(beat) = input::parse::<HeartbeatRequest>(body) {
        is_named(Poll::of_beat(&beat, UserIdKind::Integer))?;
        is_named(Poll::of_beat(&beat, UserIdKind::String))?;
    }
    Ok(())
}

#[test]
fn any_json_is_a_body_or_a_400_that_names_the_field() {
    const NAMES: &[&str] = &[
        "timestamp",
        "session_id",
        "since",
        "ids",
        "all_sessions",
        "availability",
        "text",
        "emoji",
        "expires_at",
        "invisible",
        "user_ids",
        "username",
        "password",
        "birthdate",
        "avatar_url",
    ];
    const WORDS: &[&str] = &[
        CURSOR,
        "",
        "tab",
        "2026-01-28T14:32:59.000Z",
        "+275760-09-13T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "2026-01-28T14:32:60Z",
        "dnd",
        "1900-01-01",
        "\u{0}",
        "👩‍👩‍👧",
    ];
    for_a_while(json(NAMES, WORDS), |body| every_body(body.to_string().as_bytes()));
}

#[test]
fn any_bytes_are_a_body_or_a_400_that_names_the_field() {
    let almost = ".{0,40}".prop_map(|text| format!("{{\"timestamp\":{text}").into_bytes());
    let bytes = proptest::collection::vec(any::<u8>(), 0..64);
    for_a_while(prop_oneof![almost, bytes], |body| every_body(&body));
}

#[test]
fn any_text_is_a_cursor_or_a_400_that_names_the_field() {
    let almost = (0..CURSOR.len(), "[A-Za-z0-9_-]{0,2}")
        .prop_map(|(at, text)| format!("{}{text}{}", &CURSOR[..at], &CURSOR[at + 1..]));
    for_a_while(prop_oneof![almost, "[A-Za-z0-9_-]{20}", ".{0,40}"], |text| {
        if let Ok(GivenCursor::Known(cursor)) = text.parse() {
            prop_assert_eq!(cursor.to_string(), text.clone(), "there is one way to write it");
        }
        let query = format!("since={text}&wait=5&ids={text}");
        is_named(Poll::read(&query, UserIdKind::Integer))?;
        is_named(Poll::read(&query, UserIdKind::String))
    });
}

#[test]
fn any_text_is_a_page_token_or_a_400_that_names_the_field() {
    let text = prop_oneof!["[A-Za-z0-9_-]{0,40}", ".{0,40}"];
    for_a_while((text, ".{0,8}|[0-9]{1,6}"), |(after, limit)| {
        for ids in [UserIdKind::Integer, UserIdKind::String] {
            let pairs = [("after".to_owned(), after.clone()), ("limit".to_owned(), limit.clone())];
            for list in [List::Users, List::Online] {
                is_named(Page::read(list, ids, &pairs))?;
                let pairs = [("after".to_owned(), after.clone())];
                is_named(Page::read(list, ids, &pairs))?;
            }
        }
        Ok(())
    });
}
