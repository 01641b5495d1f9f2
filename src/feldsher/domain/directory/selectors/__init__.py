"""Reads of the directory; each is a constant number of queries and returns frozen dataclasses."""

from feldsher.domain.directory.selectors.branch_map import branch_map, branch_map_file
from feldsher.domain.directory.selectors.brand import brand, counters_said, logo
from feldsher.domain.directory.selectors.cards import (
    location,
    locations,
    open_practitioner_cards,
    practitioner,
    practitioner_cards,
    practitioner_ids,
    practitioners,
    profiled,
    search_services,
    service,
    service_cards,
    services_beside,
    services_given,
    specialties,
    specialty,
    specialty_places,
    specialty_work,
    zones,
)
from feldsher.domain.directory.selectors.exports import changes_since_export, last_export
from feldsher.domain.directory.selectors.gaps import missing, missing_count, value_sources
from feldsher.domain.directory.selectors.legal import legal_entities, published_counts
from feldsher.domain.directory.selectors.own import (
    acts,
    given_services,
    own_branches,
    places_of_work,
    price_lines,
    services_to_give,
    specialty_texts,
)
from feldsher.domain.directory.selectors.pages import (
    branch_changes,
    doctor_changes,
    service_changes,
    service_places,
)
from feldsher.domain.directory.selectors.price_list import (
    has_price_list,
    lines_of,
    price_list_line,
    price_list_lines,
    services_like,
    unknown_line_count,
)
from feldsher.domain.directory.selectors.price_page import price_page
from feldsher.domain.directory.selectors.prices import prices
from feldsher.domain.directory.selectors.profile import photo, photo_source, profile
from feldsher.domain.directory.selectors.publishing import folders, published_practitioners, published_visits
from feldsher.domain.directory.selectors.records import organizations, record, record_lines
from feldsher.domain.directory.selectors.remote import (
    kept_by,
    remote_ids,
    resolve_remote,
    schedule_keepers,
)
from feldsher.domain.directory.selectors.scopes import effective_values, rule_reach
from feldsher.domain.directory.selectors.telling import telling_names
from feldsher.domain.directory.selectors.terms import (
    cutoffs,
    obstacles,
    priced_services_of,
    rules,
    services_of,
    visit_terms,
)

__all__ = [
    "acts",
    "branch_changes",
    "branch_map",
    "branch_map_file",
    "brand",
    "changes_since_export",
    "counters_said",
    "cutoffs",
    "doctor_changes",
    "effective_values",
    "folders",
    "given_services",
    "has_price_list",
    "kept_by",
    "last_export",
    "legal_entities",
    "lines_of",
    "location",
    "locations",
    "logo",
    "missing",
    "missing_count",
    "obstacles",
    "open_practitioner_cards",
    "organizations",
    "own_branches",
    "photo",
    "photo_source",
    "places_of_work",
    "practitioner",
    "practitioner_cards",
    "practitioner_ids",
    "practitioners",
    "price_lines",
    "price_list_line",
    "price_list_lines",
    "price_page",
    "priced_services_of",
    "prices",
    "profile",
    "profiled",
    "published_counts",
    "published_practitioners",
    "published_visits",
    "record",
    "record_lines",
    "remote_ids",
    "resolve_remote",
    "rule_reach",
    "rules",
    "schedule_keepers",
    "search_services",
    "service",
    "service_cards",
    "service_changes",
    "service_places",
    "services_beside",
    "services_given",
    "services_like",
    "services_of",
    "services_to_give",
    "specialties",
    "specialty",
    "specialty_places",
    "specialty_texts",
    "specialty_work",
    "telling_names",
    "unknown_line_count",
    "value_sources",
    "visit_terms",
    "zones",
]
