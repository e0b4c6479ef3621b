import mongoose from "mongoose";

/**
 * The users as the driver reads and writes them, for the parts that the model is assembled from: they cannot import the model itself,
 * which imports them.
 */
export const getUserCollection = () => mongoose.connection.collection("users");
