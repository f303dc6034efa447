<?php
/**
 * Plugin Name: Strand
 * Description: Puts the Strand script on every page and tells it who is logged in. Settings, General: collector and write key.
 * Version: 0.1.0
 * Requires PHP: 7.4
 * License: MIT
 */

defined( 'ABSPATH' ) || exit;

add_action( 'admin_init', function () {
	foreach ( array( 'strand_collector' => 'Strand collector', 'strand_write_key' => 'Strand write key' ) as $name => $label ) {
		$sanitize = 'strand_collector' === $name ? 'esc_url_raw' : 'sanitize_text_field';
		register_setting( 'general', $name, array( 'type' => 'string', 'sanitize_callback' => $sanitize ) );
		add_settings_field( $name, $label, function () use ( $name ) {
			printf( '<input name="%1$s" class="regular-text" value="%2$s">', esc_attr( $name ), esc_attr( get_option( $name, '' ) ) );
		}, 'general' );
	}
} );

add_action( 'wp_head', function () {
	$collector = untrailingslashit( get_option( 'strand_collector', '' ) );
	$key       = get_option( 'strand_write_key', '' );
	if ( '' === $collector || '' === $key ) {
		return;
	}
	$user = wp_get_current_user();
	if ( $user->exists() ) {
		// A call that is made before the script has come waits in the queue; a page from a cache says nothing of anybody.
		printf(
			"<script>strand={q:[['identify',[%s],Date.now()]]}</script>\n",
			wp_json_encode( (string) $user->ID, JSON_HEX_TAG | JSON_HEX_AMP )
		);
	}
	printf( "<script async src=\"%s\" data-write-key=\"%s\"></script>\n", esc_url( $collector . '/strand.js' ), esc_attr( $key ) );
} );

// WooCommerce: an order is told by the server, so that it counts even where the script is blocked.
add_action( 'woocommerce_payment_complete', function ( $order_id ) {
	$order = wc_get_order( $order_id );
	$user  = $order ? $order->get_customer_id() : 0;
	$email = $order ? $order->get_billing_email() : '';
	if ( ! $order || ( ! $user && '' === $email ) ) {
		return;
	}
	$event = array(
		'type'       => 'track',
		'event'      => 'Order Completed',
		// The same however often the payment is reported.
		'messageId'  => 'woocommerce-order-' . $order_id,
		'properties' => array(
			'order_id' => (string) $order_id,
			'total'    => (float) $order->get_total(),
			'currency' => $order->get_currency(),
		),
	);
	if ( $user ) {
		$event['userId'] = (string) $user;
	}
	if ( '' !== $email ) {
		$event['traits'] = array( 'email' => $email );
	}
	wp_remote_post( untrailingslashit( get_option( 'strand_collector', '' ) ) . '/v1/track', array(
		'blocking' => false,
		'headers'  => array( 'Authorization' => 'Bearer ' . get_option( 'strand_write_key', '' ) ),
		'body'     => wp_json_encode( $event ),
	) );
} );
